// The vendor's browser SDK as a page uses it, led from outside: in Node by lines of JSON
// (chats.mjs), in Chromium by the test itself. What its callbacks are told is written down.
const CALLBACKS = [
  'Connect', 'Disconnect', 'Error', 'Message', 'Debug', 'StatusChange', 'CanSendFeedbackChange',
  'AgentChatResponsePart', 'AgentResponseCorrection', 'AgentToolRequest', 'AgentToolResponse',
  'AgentTyping', 'ContextUsage', 'ConversationMetadata', 'Interruption', 'Ping', 'IncomingEvent', 'OutgoingEvent',
].map((name) => `on${name}`)
const PATIENCE = 20_000

export function chats({ Conversation }) {
  const talks = new Map()

  /** Start a session: its id, or how it was refused. `tools`: what each of the page's does. */
  async function start(key, options, tools = {}) {
    const talk = { heard: [], waiting: new Set() }
    talks.set(key, talk)
    const write = (name, args) => {
      talk.heard.push({ name, args: JSON.parse(JSON.stringify(args)) })
      for (const look of talk.waiting) look()
    }
    const callbacks = Object.fromEntries(CALLBACKS.map((name) => [name, (...args) => write(name, args)]))
    const made = Object.entries(tools).map(([name, how]) => [name, tool(how, (given) => write(`tool ${name}`, [given]))])
    try {
      talk.sdk = await Conversation.startSession({ ...options, ...callbacks, clientTools: Object.fromEntries(made) })
      return { id: talk.sdk.getId() }
    } catch (error) {
      const { name, message, closeCode, closeReason } = error
      return { refused: { name, message, closeCode, closeReason } }
    }
  }

  /** Wait for the nth call of a callback whose first argument has these parts; that argument. */
  function until(key, name, nth, parts) {
    const { heard, waiting } = talks.get(key)
    const found = () => heard.filter((one) => one.name === name && has(one.args[0], parts))[nth - 1]
    return new Promise((resolve, reject) => {
      const settle = (done, value) => {
        waiting.delete(look)
        clearTimeout(late)
        done(value)
      }
      const late = setTimeout(() => {
        const instead = heard.filter((one) => one.name !== 'onIncomingEvent').map((one) => JSON.stringify(one))
        settle(reject, new Error(`no ${name} with ${JSON.stringify(parts)}, but\n${instead.join('\n')}`))
      }, PATIENCE)
      const look = () => found() && settle(resolve, found().args[0] ?? null)
      waiting.add(look)
      look()
    })
  }

  /** Many visitors, some at once: how many of them did not get their agent's first message. */
  async function greeted(visitors, atOnce, options) {
    let missed = 0
    for (let begun = 0; begun < visitors; begun += atOnce) {
      await Promise.all(Array.from({ length: Math.min(atOnce, visitors - begun) }, async () => {
        if (!(await greeting(options))) missed += 1
      }))
    }
    return missed
  }

  async function greeting(options) {
    let talk
    const said = await new Promise((resolve, reject) => {
      const late = setTimeout(() => resolve(null), PATIENCE / 2)
      const onMessage = ({ message }) => {
        clearTimeout(late)
        resolve(message)
      }
      Conversation.startSession({ ...options, onMessage }).then((started) => (talk = started), reject)
    })
    await talk?.endSession()
    return said
  }

  return {
    start,
    until,
    greeted,
    heard: (key, name) => talks.get(key).heard.filter((one) => one.name === name).map((one) => one.args),
    do: async (key, method, args) => (await talks.get(key).sdk[method](...args)) ?? null,
    upload: (key, name, type, base64) => {
      const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      return talks.get(key).sdk.uploadFile(new File([content], name, { type }))
    },
    endAll: () => Promise.all([...talks.values()].map((talk) => talk.sdk?.endSession())).then(() => null),
  }
}

/** A function of the page: it returns a value or nothing, throws, or takes its time first. */
function tool({ returns, throws, after = 0 }, write) {
  return async (given) => {
    write(given)
    if (after) await new Promise((resolve) => setTimeout(resolve, after))
    if (throws) throw new Error(throws)
    return returns
  }
}

function has(value, parts) {
  if (parts === null || typeof parts !== 'object') return parts === undefined || value === parts
  return Object.entries(parts).every(([name, part]) => has(value?.[name], part))
}
