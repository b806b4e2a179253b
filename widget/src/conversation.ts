// A conversation as the page sees it: the transcript, the session behind it, and the visitor's unsent words.
import {Session, type Ending, type Listener, type Metadata, type Opening} from './session'
import {Calls, type ClientTools} from './tools'
import {begun, ended, handed, heard, kept, said, unsent, type Line, type Transcript} from './transcript'
import {contextualUpdate, toolResult, userActivity, userMessage, type ServerMessage} from './wire'
import type {World} from './world'

export type Status = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'ended'
export type Talk = {transcript: Transcript; status: Status; conversationId: string}
export type Plan = Opening & {tools: ClientTools; greeting: string}

export type Watcher = {
  changed(talk: Talk): void
  heard(message: ServerMessage): void
  ended(ending: Ending, conversationId: string): void
}

const BEFORE_FIRST_WORDS = 100 // the greeting comes first, as with the original
const IDLE = 10 * 60_000
const ACTIVITY_EVERY = 1000

export class Conversation {
  talk: Talk
  private session: Session | null = null
  private plan: Plan | null = null
  private calls: Calls | null = null
  private context: object[] = []
  private spoken = 0
  private activeAt = -ACTIVITY_EVERY
  private idle: (() => void) | null = null
  private opening: (() => void) | null = null

  constructor(
    private readonly world: World,
    private readonly planned: () => Plan,
    private readonly watcher: Watcher,
    greeting = '',
  ) {
    this.talk = {transcript: begun(greeting), status: 'idle', conversationId: ''}
  }

  get running(): boolean {
    return this.session !== null
  }

  /** The greeting may change (attributes do) as long as nobody has spoken. */
  greet(greeting: string): void {
    if (this.talk.status !== 'idle') return
    this.show({transcript: begun(greeting)})
  }

  say(text: string): void {
    const words = text.trim()
    if (!words) return
    if (!this.session) this.start()
    this.spoken += 1
    this.show({transcript: said(this.talk.transcript, words, `user-${this.spoken}`)})
    this.rested()
    if (this.session?.connected && !this.opening) this.send()
  }

  /** Something the agent should know and not answer. Before the session it waits for it. */
  mention(text: string): void {
    if (this.session) this.session.deliver(contextualUpdate(text))
    else this.context.push(contextualUpdate(text))
  }

  typing(): void {
    const now = this.world.now()
    if (!this.session?.connected || now - this.activeAt < ACTIVITY_EVERY) return
    this.activeAt = now
    this.session.mention(userActivity())
  }

  end(): void {
    this.session?.end('user')
  }

  wake(): void {
    this.session?.wake()
  }

  private start(): void {
    this.plan = this.planned()
    this.show({transcript: begun(this.plan.greeting), status: 'connecting', conversationId: ''})
    const session = new Session(this.world, this.plan, this.listener())
    this.session = session
    session.open()
  }

  private listener(): Listener {
    return {
      connected: (metadata, resumed) => this.connected(metadata, resumed),
      heard: (message) => this.hear(message),
      reconnecting: () => {
        this.opening?.()
        this.opening = null
        this.show({status: this.talk.conversationId ? 'reconnecting' : 'connecting'})
      },
      ended: (ending) => this.ended(ending),
      seen: () => this.talk.transcript.seen,
    }
  }

  private connected(metadata: Metadata, resumed: boolean): void {
    if (!resumed) this.calls = this.freshCalls()
    const before = this.talk.transcript
    const transcript = resumed ? kept(before, metadata.kept ?? 0) : before
    this.show({status: 'connected', conversationId: metadata.conversationId, transcript})
    this.opening = this.world.later(BEFORE_FIRST_WORDS, () => {
      this.opening = null
      this.context.splice(0).forEach((frame) => this.session?.deliver(frame))
      this.send()
    })
    this.rested()
  }

  /** Everything that the open line has not been given yet. */
  private send(): void {
    const waiting = unsent(this.talk.transcript)
    this.show({transcript: handed(this.talk.transcript, waiting.map((entry) => entry.key))})
    waiting.forEach((entry) => this.session?.mention(userMessage(entry.text)))
  }

  private hear(message: ServerMessage): void {
    if (message.type === 'tool_call') void this.calls?.told(message.call)
    this.show({transcript: heard(this.talk.transcript, message)})
    if (message.type === 'answer') this.rested()
    this.watcher.heard(message)
  }

  private freshCalls(): Calls {
    const session = this.session
    return new Calls(this.plan?.tools ?? {}, (id, {result, isError}) =>
      session?.deliver(toolResult(id, result, isError)),
    )
  }

  private ended(ending: Ending): void {
    this.session = null
    this.idle?.()
    this.opening?.()
    this.idle = this.opening = null
    const {conversationId} = this.talk
    const line = {kind: KINDS[ending.by], detail: ending.reason, conversationId}
    const detail = ending.by === 'error' ? line : {...line, detail: ''}
    this.show({transcript: ended(this.talk.transcript, detail), status: 'ended'})
    this.watcher.ended(ending, conversationId)
  }

  /** Nobody wrote for ten minutes: a text session ends by itself. */
  private rested(): void {
    this.idle?.()
    this.idle = this.world.later(IDLE, () => this.session?.end('idle'))
  }

  private show(change: Partial<Talk>): void {
    this.talk = {...this.talk, ...change}
    this.watcher.changed(this.talk)
  }
}

const KINDS: Record<Ending['by'], Line['kind']> = {
  user: 'user_ended',
  agent: 'agent_ended',
  idle: 'idle_ended',
  error: 'error',
  lost: 'lost',
}
