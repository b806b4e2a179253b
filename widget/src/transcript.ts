// What is on screen: a value, changed only by the functions here.
import type {ServerMessage} from './wire'

export type Said = {
  role: 'user'
  key: string
  text: string
  /** sending: the server has not shown yet that it knows this message */
  state: 'sending' | 'sent' | 'failed'
  /** Given to the line that is open now; only then can an answer be to it. */
  handed: boolean
}
export type Answered = {
  role: 'agent'
  key: string
  text: string
  eventId: number | null
  state: 'streaming' | 'done'
}
export type Line = {
  role: 'line'
  key: string
  kind: 'user_ended' | 'agent_ended' | 'idle_ended' | 'error' | 'lost'
  detail: string
  conversationId: string
}
export type Entry = Said | Answered | Line

export type Transcript = {
  entries: readonly Entry[]
  /** The agent's first message that is on screen already: still to come, or its event's number. */
  greeting: 'expected' | 'none' | number
  /** The highest event that was seen to its end; a resumed conversation goes on after it. */
  seen: number
  /** The visitor said something and nothing of an answer is there yet. */
  waiting: boolean
}

export function begun(greeting: string): Transcript {
  const hello: Answered = {role: 'agent', key: 'hello', text: greeting, eventId: null, state: 'done'}
  return {
    entries: greeting ? [hello] : [],
    greeting: greeting ? 'expected' : 'none',
    seen: 0,
    waiting: false,
  }
}

export function said(transcript: Transcript, text: string, key: string): Transcript {
  const entry: Said = {role: 'user', key, text, state: 'sending', handed: false}
  return {...transcript, entries: [...transcript.entries, entry], waiting: true}
}

export function heard(transcript: Transcript, message: ServerMessage): Transcript {
  switch (message.type) {
    case 'part':
    case 'answer':
      if (isGreeting(transcript, message.eventId)) return greeted(transcript, message)
      return answering(acknowledged(transcript), message)
    case 'correction':
      return corrected(transcript, message.eventId, message.text)
    case 'typing':
      return {...transcript, waiting: message.typing}
    case 'error':
      return {...transcript, waiting: false}
    default:
      return transcript
  }
}

/** After a resume the server says how many of the visitor's messages it has: it alone knows. */
export function kept(transcript: Transcript, count: number): Transcript {
  let number = 0
  return changed(transcript, (entry) => {
    if (entry.role !== 'user') return entry
    number += 1
    return number <= count ? {...entry, state: 'sent'} : {...entry, state: 'sending', handed: false}
  })
}

/** The open line has these messages now. */
export function handed(transcript: Transcript, keys: readonly string[]): Transcript {
  return changed(transcript, (entry) =>
    entry.role === 'user' && keys.includes(entry.key) ? {...entry, handed: true} : entry,
  )
}

export const unsent = (transcript: Transcript): Said[] =>
  transcript.entries.filter(
    (entry): entry is Said => entry.role === 'user' && entry.state === 'sending' && !entry.handed,
  )

export function ended(transcript: Transcript, line: Omit<Line, 'role' | 'key'>): Transcript {
  const settled = changed(transcript, (entry) => {
    if (entry.role === 'user' && entry.state === 'sending') return {...entry, state: 'failed'}
    if (entry.role === 'agent' && entry.state === 'streaming') return {...entry, state: 'done'}
    return entry
  })
  const entry: Line = {role: 'line', key: `line-${settled.entries.length}`, ...line}
  const visible = settled.entries.filter((one) => one.role !== 'agent' || one.text !== '')
  return {...settled, entries: [...visible, entry], waiting: false}
}

function isGreeting({greeting}: Transcript, eventId: number): boolean {
  return greeting === 'expected' || greeting === eventId
}

function greeted(
  transcript: Transcript,
  message: Extract<ServerMessage, {type: 'part' | 'answer'}>,
): Transcript {
  const seen = message.type === 'answer' ? Math.max(transcript.seen, message.eventId) : transcript.seen
  return {...transcript, greeting: message.eventId, seen}
}

function acknowledged(transcript: Transcript): Transcript {
  return changed(transcript, (entry) =>
    entry.role === 'user' && entry.handed && entry.state === 'sending' ? {...entry, state: 'sent'} : entry,
  )
}

function answering(
  transcript: Transcript,
  message: Extract<ServerMessage, {type: 'part' | 'answer'}>,
): Transcript {
  const {eventId} = message
  if (message.type === 'answer') {
    const done = put(transcript, eventId, () => message.text, 'done')
    const entries = done.entries.filter((one) => one.role !== 'agent' || one.text !== '' || one.eventId !== eventId)
    return {...done, entries, seen: Math.max(done.seen, eventId), waiting: false}
  }
  // What is known to its end stays as it is, whatever a late part says.
  if (eventId <= transcript.seen) return transcript
  switch (message.kind) {
    case 'start':
      return put(transcript, eventId, () => '', 'streaming')
    case 'delta':
      return {...put(transcript, eventId, (text) => text + message.text, 'streaming'), waiting: false}
    case 'stop':
      return put(transcript, eventId, (text) => text, 'done')
  }
}

function corrected(transcript: Transcript, eventId: number, text: string): Transcript {
  return changed(transcript, (entry) =>
    entry.role === 'agent' && entry.eventId === eventId ? {...entry, text, state: 'done'} : entry,
  )
}

/** Writes into the bubble of that event, and makes it when there is none yet. */
function put(
  transcript: Transcript,
  eventId: number,
  write: (before: string) => string,
  state: Answered['state'],
): Transcript {
  const there = transcript.entries.some((one) => one.role === 'agent' && one.eventId === eventId)
  if (there) {
    return changed(transcript, (entry) =>
      entry.role === 'agent' && entry.eventId === eventId
        ? {...entry, text: write(entry.text), state}
        : entry,
    )
  }
  const entry: Answered = {role: 'agent', key: `agent-${eventId}`, text: write(''), eventId, state}
  return {...transcript, entries: [...transcript.entries, entry]}
}

function changed(transcript: Transcript, change: (entry: Entry) => Entry): Transcript {
  return {...transcript, entries: transcript.entries.map(change)}
}
