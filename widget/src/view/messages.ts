// The transcript on screen: one element an entry, redrawn only when its entry is another value.
import type {Answered, Entry, Line, Said} from '../transcript'
import {el, icon, set, write} from './dom'
import type {Deeds, Model} from './model'
import {rich} from './rich'

const NEAR = 48 // this close to the end counts as reading along

export function messages(deeds: Deeds): {root: HTMLElement; show(model: Model): void} {
  const list = el('div', {class: 'entries'})
  const dots = el('div', {class: 'typing', role: 'img', hidden: true}, el('i'), el('i'), el('i'))
  const log = el('div', {class: 'log', role: 'log', 'aria-live': 'off', tabindex: 0}, list, dots)
  const down = el('button', {type: 'button', class: 'newer', hidden: true, click: () => toEnd()}, icon('down'))
  // The log itself stays silent: every part of a streamed answer would be read out.
  const spoken = el('div', {class: 'unseen', role: 'status', 'aria-live': 'polite'})
  const root = el('div', {class: 'messages'}, log, down, spoken)
  const drawn = new Map<string, {entry: Entry; node: HTMLElement; of: unknown}>()
  let reading = true
  let announced = ''

  log.addEventListener('scroll', () => {
    reading = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR
    down.hidden = reading
  })
  // The box or the keyboard changes the height: who was at the end stays there.
  const size = new ResizeObserver(() => reading && toEnd())
  size.observe(log)

  function toEnd(): void {
    log.scrollTop = log.scrollHeight
  }

  function draw(entry: Entry, model: Model): HTMLElement {
    const known = drawn.get(entry.key)
    if (known && known.entry === entry && known.of === model.settings) return known.node
    const node = known?.node ?? el('div')
    fill(node, entry, model, deeds)
    drawn.set(entry.key, {entry, node, of: model.settings})
    return node
  }

  function announce({talk: {transcript}, settings: {texts}}: Model): void {
    const last = transcript.entries.at(-1)
    if (!last || last.role === 'user' || (last.role === 'agent' && (last.state !== 'done' || !last.text))) return
    const key = `${transcript.entries.length} ${last.key}`
    if (key === announced) return
    announced = key
    if (last.key === 'hello') return // read when the visitor comes to it
    write(spoken, last.role === 'agent' ? `${texts.message_by_agent} ${last.text}` : lineText(last, texts))
  }

  return {
    root,
    show(model) {
      const {transcript} = model.talk
      const {texts} = model.settings
      const nodes = transcript.entries.map((entry) => draw(entry, model))
      const said = transcript.entries.filter((entry) => entry.role === 'user').length
      if (list.childNodes.length !== nodes.length || nodes.some((node, at) => list.childNodes[at] !== node)) {
        list.replaceChildren(...nodes)
      }
      for (const key of drawn.keys()) if (!transcript.entries.some((entry) => entry.key === key)) drawn.delete(key)
      set(log, 'aria-label', texts.messages_label)
      set(down, 'aria-label', texts.newer_messages)
      set(dots, 'aria-label', texts.typing_indicator)
      dots.hidden = !transcript.waiting || model.talk.status !== 'connected'
      // What oneself has just said is always shown.
      if (reading || Number(list.dataset['said'] ?? 0) < said) toEnd()
      list.dataset['said'] = String(said)
      announce(model)
    },
  }
}

function fill(node: HTMLElement, entry: Entry, model: Model, deeds: Deeds): void {
  switch (entry.role) {
    case 'user':
      return user(node, entry, model, deeds)
    case 'agent':
      return agent(node, entry, model, deeds)
    case 'line':
      return line(node, entry, model, deeds)
  }
}

function user(node: HTMLElement, entry: Said, {settings: {texts}}: Model, deeds: Deeds): void {
  set(node, 'class', 'entry user')
  set(node, 'data-state', entry.state)
  const bubble = el('div', {class: 'bubble', dir: 'auto'}, el('span', {class: 'unseen'}, `${texts.message_by_you} `), entry.text)
  const retry = el('button', {type: 'button', class: 'quiet', click: () => deeds.again(entry.text)}, texts.try_again)
  const failed = entry.state === 'failed' && el('div', {class: 'failed'}, icon('warn'), `${texts.message_not_sent} · `, retry)
  node.replaceChildren(bubble, ...(failed ? [failed] : []))
}

function agent(node: HTMLElement, entry: Answered, {settings: {texts, links}}: Model, deeds: Deeds): void {
  set(node, 'class', 'entry agent')
  set(node, 'data-state', entry.state)
  node.hidden = entry.text === ''
  const reading = {links, texts, page: document.baseURI, later: (act: () => void) => deeds.later(1600, act)}
  const mark = el('span', {class: 'unseen'}, `${texts.message_by_agent} `)
  node.replaceChildren(el('div', {class: 'bubble', dir: 'auto'}, mark, ...rich(entry.text, reading)))
}

function line(node: HTMLElement, entry: Line, {settings: {texts, showConversationId}}: Model, deeds: Deeds): void {
  const isError = entry.kind === 'error'
  set(node, 'class', `entry line ${entry.kind}`)
  node.replaceChildren(el('p', {dir: 'auto'}, isError && icon('warn'), lineText(entry, texts)))
  if (!entry.conversationId || (!isError && !showConversationId)) return
  const id = el('button', {type: 'button', class: 'quiet', title: texts.copy_id, click: () => void copy()})
  const name = `${texts.conversation_id} ${entry.conversationId}`
  write(id, name)
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(entry.conversationId).catch(() => undefined)
    write(id, texts.copied)
    deeds.later(1600, () => write(id, name))
  }
  node.append(id)
}

function lineText(entry: Line, texts: Model['settings']['texts']): string {
  switch (entry.kind) {
    case 'user_ended':
      return texts.user_ended_conversation
    case 'agent_ended':
      return texts.agent_ended_conversation
    case 'idle_ended':
      return texts.idle_ended_conversation
    case 'lost':
      return texts.conversation_lost
    case 'error':
      return entry.detail || texts.error_occurred
  }
}
