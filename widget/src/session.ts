// One conversation's socket: opens it, greets, keeps it alive, and takes the conversation up again when it breaks.
import type {World, Socket} from './world'
import {decode, pong, type ServerMessage} from './wire'

export type Ending = {by: 'user' | 'agent' | 'idle' | 'error' | 'lost'; reason: string}
export type Metadata = Extract<ServerMessage, {type: 'metadata'}>

export type Listener = {
  /** The server knows us. `resumed`: it is the conversation we had, with all that it still sends. */
  connected(metadata: Metadata, resumed: boolean): void
  heard(message: ServerMessage): void
  reconnecting(): void
  ended(ending: Ending): void
  /** Where a resumed conversation goes on. */
  seen(): number
}

export type Opening = {url: string; initiation: object}

const HANDSHAKE = 15_000
const QUIET = 45_000 // servers ping every 10–20 s; a longer silence is a dead line
const FIRST_TRIES = 4 // before there is a conversation, nothing is lost by giving up soon
const GIVE_UP = 10 * 60_000
const LONGEST_WAIT = 60_000
// Coming again would meet the same answer: protocol, policy, too big, internal.
const FINAL = new Set([1002, 1003, 1007, 1008, 1009, 1011])

export class Session {
  private socket: Socket | null = null
  private identity: {id: string; token: string | null} | null = null
  private outbox: object[] = []
  private ready = false
  private wasReady = false // before the line broke
  private over = false
  private tries = 0
  private lostAt = 0
  private ending: Ending | null = null
  private retry: (() => void) | null = null
  private watch: (() => void) | null = null

  constructor(
    private readonly world: World,
    private readonly opening: Opening,
    private readonly listener: Listener,
  ) {}

  get connected(): boolean {
    return this.ready
  }

  open(): void {
    if (this.over || this.socket) return
    const socket = this.dial()
    if (!socket) return
    this.socket = socket
    socket.onopen = () => this.transmit(this.opening.initiation)
    socket.onmessage = ({data}) => this.take(decode(data))
    socket.onclose = ({code, reason}) => this.closed(code, reason)
    this.watchFor(HANDSHAKE)
  }

  /** Sent now or never: for what only matters at this moment. */
  mention(frame: object): void {
    if (this.ready) this.transmit(frame)
  }

  /** Sent now or when the line is back: for what the server waits for. */
  deliver(frame: object): void {
    if (this.ready) this.transmit(frame)
    else this.outbox.push(frame)
  }

  /** The network is back: no need to sit out the wait. */
  wake(): void {
    if (!this.retry) return
    this.retry()
    this.retry = null
    this.open()
  }

  end(by: 'user' | 'idle'): void {
    const socket = this.socket
    this.finish({by, reason: ''})
    socket?.close(1000, 'User ended conversation')
  }

  private dial(): Socket | null {
    try {
      return this.world.open(this.address(), ['convai'])
    } catch (trouble) {
      // A page's content policy or a malformed address: the constructor throws, and would again.
      this.finish({by: 'error', reason: trouble instanceof Error ? trouble.message : ''})
      return null
    }
  }

  private address(): string {
    const url = new URL(this.opening.url)
    if (this.identity?.token) {
      url.searchParams.delete('conversation_signature') // spent; the token speaks for us now
      url.searchParams.set('conversation_id', this.identity.id)
      url.searchParams.set('resume_token', this.identity.token)
      url.searchParams.set('after', String(this.listener.seen()))
    } else {
      url.searchParams.set('resume', '1')
    }
    return url.href
  }

  private take(message: ServerMessage): void {
    if (this.ready) this.watchFor(QUIET)
    switch (message.type) {
      case 'metadata':
        return this.welcomed(message)
      case 'ping':
        return this.transmit(pong(message.eventId))
      case 'tool_response':
        if (message.name === 'end_call') this.ending = {by: 'agent', reason: ''}
        break
      case 'error':
        if (message.errorType === 'max_duration_exceeded') {
          this.ending = {by: 'error', reason: message.message}
        }
        break
    }
    this.listener.heard(message)
  }

  private welcomed(metadata: Metadata): void {
    if (this.ready) return
    const before = this.identity
    const resumed = before !== null && before.id === metadata.conversationId
    this.identity = {
      id: metadata.conversationId,
      token: metadata.resumeToken ?? (resumed ? before.token : null),
    }
    this.ready = true
    this.tries = 0
    this.watchFor(QUIET)
    this.listener.connected(metadata, resumed)
    const waiting = this.outbox
    this.outbox = []
    // A tool's answer means nothing to a conversation that never asked.
    if (resumed) waiting.forEach((frame) => this.transmit(frame))
  }

  private closed(code: number, reason: string): void {
    this.release()
    if (this.over) return
    if (this.ending) return this.finish(this.ending)
    if (code === 1000) return this.finish({by: 'agent', reason})
    if (code === 1008 && this.identity && !this.wasReady) return this.finish({by: 'lost', reason})
    if (FINAL.has(code)) return this.finish({by: 'error', reason})
    this.again(reason)
  }

  private again(reason: string): void {
    const now = this.world.now()
    if (this.wasReady || this.tries === 0) this.lostAt = now
    const resumable = this.identity?.token
    const hopeless = this.identity ? !resumable || now - this.lostAt > GIVE_UP : this.tries >= FIRST_TRIES
    if (hopeless) return this.finish({by: 'error', reason})
    const wait = this.tries === 0 ? 300 : Math.min(1000 * 2 ** (this.tries - 1), LONGEST_WAIT)
    this.tries += 1
    this.listener.reconnecting()
    // Spread out, so that a restarted server does not meet everybody in one moment.
    this.retry = this.world.later(wait * (0.75 + this.world.random() / 2), () => {
      this.retry = null
      this.open()
    })
  }

  private watchFor(milliseconds: number): void {
    this.watch?.()
    this.watch = this.world.later(milliseconds, () => {
      const socket = this.socket
      this.closed(1006, '')
      socket?.close()
    })
  }

  private transmit(frame: object): void {
    this.socket?.send(JSON.stringify(frame))
  }

  private finish(ending: Ending): void {
    if (this.over) return
    this.over = true
    this.retry?.()
    this.retry = null
    this.release()
    this.listener.ended(ending)
  }

  private release(): void {
    this.watch?.()
    this.watch = null
    this.wasReady = this.ready
    this.ready = false
    if (!this.socket) return
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null
    this.socket = null
  }
}
