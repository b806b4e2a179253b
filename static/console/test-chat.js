// The test chat: a small client of the public socket, the same that visitors' widgets use.
// It connects with the first question, so that looking at an agent makes no conversation.
import {nodesOf} from './said.js'

const chat = document.querySelector('[data-test-chat]')
const log = chat.querySelector('[data-log]')
const state = chat.querySelector('[data-state]')
const input = chat.querySelector('[name=text]')
const made = name => chat.querySelector(`template[data-${name}]`).content.firstElementChild.cloneNode(true)

let session = null

function begin() {
  session?.leave()
  session = null
  log.replaceChildren()
  chat.querySelector('[data-record]').hidden = true
  state.textContent = ''
  const greeting = document.querySelector('[data-greeting]').dataset.greeting
  if (greeting) log.append(bubble(greeting))
}

function bubble(text, visitor = false) {
  const box = made('bubble')
  box.classList.toggle('p-said--visitor', visitor)
  box.replaceChildren(...(visitor ? [Object.assign(document.createElement('p'), {textContent: text})] : nodesOf(text)))
  return box
}

function add(node) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80
  log.append(node)
  if (atEnd) toEnd()
  return node
}
const toEnd = () => { log.scrollTop = log.scrollHeight }

function announce(words) {
  const region = document.querySelector('#say')
  region.textContent = ''
  requestAnimationFrame(() => { region.textContent = words })
}

// One conversation. `waiting` holds what was typed before the server was ready to hear it.
class Session {
  constructor() {
    this.waiting = []
    this.tools = new Map()
    this.answer = null // the bubble that is being written
    this.text = ''
    this.greeted = log.children.length === 0 // a greeting on show is replaced by the real one
    this.over = false
    this.open()
  }

  async open() {
    state.textContent = 'Connecting…'
    try {
      const reply = await fetch(chat.dataset.address, {method: 'POST', headers: {'X-CSRFToken': chat.dataset.token}})
      if (!reply.ok) throw new Error(`The dashboard answered ${reply.status}. Reload the page.`)
      const {address} = await reply.json()
      if (this.over) return
      this.socket = new WebSocket(location.origin.replace(/^http/, 'ws') + address, 'convai')
    } catch (trouble) {
      return this.end(trouble.message === 'Failed to fetch' ? 'No connection to the server.' : trouble.message)
    }
    this.socket.onopen = () => this.send({
      type: 'conversation_initiation_client_data', conversation_config_override: {text_only: true},
      source_info: {source: 'dashboard', version: '1'},
    })
    this.socket.onmessage = ({data}) => this.hear(JSON.parse(data))
    this.socket.onclose = ({code, reason}) => this.end(reason || CLOSED[code] || 'The connection was lost.')
  }

  send(frame) { this.socket.send(JSON.stringify(frame)) }

  ask(text) {
    add(bubble(text, true))
    toEnd()
    if (this.ready) this.send({type: 'user_message', text})
    else this.waiting.push(text)
    this.think()
  }

  think() {
    this.typing ??= made('typing')
    add(this.typing)
    toEnd()
  }

  hear(frame) {
    const event = frame[PAYLOAD[frame.type] ?? `${frame.type}_event`]
    HEARD[frame.type]?.(this, event)
  }

  // The answer grows in one bubble; the final text replaces what was streamed.
  write(text) {
    this.text = text
    this.typing?.remove()
    const box = bubble(text)
    if (this.answer?.isConnected) this.answer.replaceWith(box)
    else add(box)
    this.answer = box
    if (log.scrollHeight - log.scrollTop - log.clientHeight < 160) toEnd()
  }

  tool(name, id, sent) {
    let box = this.tools.get(id)
    if (box) return box
    box = made('tool')
    box.dataset.started = String(performance.now())
    box.querySelector('[data-name]').textContent = name
    box.querySelector('[data-sent]').textContent = sent ?? 'not shown to pages'
    box.querySelector('[data-mark]').textContent = 'Running'
    box.querySelector('[data-got]').textContent = '…'
    this.tools.set(id, box)
    this.typing?.isConnected ? this.typing.before(box) : add(box)
    this.answer = null
    return box
  }

  toolDone(box, word, tone, got) {
    const mark = box.querySelector('[data-mark]')
    mark.textContent = word
    mark.className = `p-tag p-tag--${tone}`
    box.querySelector('[data-got]').textContent = got
    const took = Math.round(performance.now() - Number(box.dataset.started))
    box.querySelector('[data-took]').textContent = took > 0 ? `${took} ms` : ''
  }

  end(words) {
    if (this.over) return
    this.over = true
    this.typing?.remove()
    const line = made('ended')
    line.textContent = words
    add(line)
    state.textContent = 'Over. Ask again to start a new conversation.'
    announce(words)
  }

  leave() {
    this.over = true
    this.socket?.close(1000)
  }
}

const CLOSED = {
  1000: 'The agent ended the conversation.',
  1001: 'The server stopped. Start again in a moment.',
  1006: 'The connection was lost.',
  1011: 'The server had a fault. Its log says why.',
}
const PAYLOAD = {
  agent_chat_response_part: 'text_response_part', client_tool_call: 'client_tool_call',
  agent_tool_request: 'agent_tool_request', agent_tool_response: 'agent_tool_response',
}
const HEARD = {
  conversation_initiation_metadata(me, {conversation_id: id}) {
    me.ready = true
    state.textContent = ''
    const record = chat.querySelector('[data-record]')
    record.href = chat.dataset.conversation.replace('__id__', id)
    record.hidden = false
    for (const text of me.waiting.splice(0)) me.send({type: 'user_message', text})
  },
  agent_chat_response_part(me, {text, type}) {
    if (type === 'start') { me.answer = null; me.text = '' }
    if (type === 'delta') me.write(me.text + text)
  },
  agent_response(me, {agent_response: text}) {
    if (!me.greeted && me.answer === null) {
      me.greeted = true
      log.querySelector('.p-said').replaceWith(bubble(text))
      return
    }
    me.greeted = true
    if (text) me.write(text)
    me.answer = null
    announce(text)
  },
  agent_response_correction(me, {corrected_agent_response: text}) { if (me.answer) me.write(text) },
  agent_tool_request(me, {tool_name: name, tool_call_id: id}) { me.tool(name, id) },
  agent_tool_response(me, {tool_name: name, tool_call_id: id, is_error: failed}) {
    const box = me.tool(name, id)
    if (!box.dataset.ours) me.toolDone(box, failed ? 'Failed' : 'OK', failed ? 'bad' : 'ok', 'the record has it: Open it')
  },
  client_tool_call(me, {tool_name: name, tool_call_id: id, parameters}) {
    const box = me.tool(name, id, JSON.stringify(parameters))
    const words = 'This tool runs in your page; the test chat has none.'
    box.querySelector('[data-sent]').textContent = JSON.stringify(parameters)
    box.dataset.ours = 'yes'
    me.toolDone(box, 'Needs your page', 'warn', words)
    me.send({type: 'client_tool_result', tool_call_id: id, result: words, is_error: true})
  },
  ping(me, {event_id}) { me.send({type: 'pong', event_id}) },
  error(me, {message, reason}) { state.textContent = message || reason || 'The server reported an error.' },
}

chat.querySelector('[data-say]').addEventListener('submit', event => {
  event.preventDefault()
  const text = input.value.trim()
  if (!text) return
  input.value = ''
  if (session?.over) begin()
  session ??= new Session()
  session.ask(text)
})
chat.querySelector('[data-restart]').addEventListener('click', () => { begin(); input.focus() })
const opener = document.querySelector('.p-open-test')
chat.addEventListener('toggle', ({newState}) => (newState === 'open' ? input : opener).focus())
chat.addEventListener('keydown', ({key}) => { if (key === 'Escape' && chat.matches(':popover-open')) chat.hidePopover() })

// A save is a new version: the next question goes to it.
const versionNow = () => document.querySelector('[data-greeting]').dataset.version
let version = versionNow()
document.addEventListener('htmx:after:swap', () => {
  if (versionNow() === version) return
  version = versionNow()
  begin()
  state.textContent = `Version ${version} answers now.`
})
begin()
// Before this line the form would send what is typed as part of an address.
for (const part of chat.querySelectorAll('[data-say] > *')) part.disabled = false
