// A clock that is moved by hand, and sockets whose other end is the test.
import {Conversation, type Plan} from '../src/conversation'
import type {Ending} from '../src/session'
import type {Socket, World} from '../src/world'

export class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  sent: Record<string, unknown>[] = []
  closedWith: number | undefined

  constructor(
    readonly url: URL,
    readonly protocols: string[],
  ) {}

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }

  close(code?: number): void {
    this.closedWith = code ?? 1005
  }

  says(frame: object): void {
    this.onmessage?.({data: JSON.stringify(frame)})
  }

  /** The usual opening: a metadata frame right after the client's first. */
  welcomes(id = 'conv_1', extra: object = {resume_token: 'rt'}): this {
    this.onopen?.()
    const event = {conversation_id: id, agent_output_audio_format: 'pcm_16000', ...extra}
    this.says({type: 'conversation_initiation_metadata', conversation_initiation_metadata_event: event})
    return this
  }

  part(type: string, text: string, eventId: number): void {
    this.says({type: 'agent_chat_response_part', text_response_part: {type, text, event_id: eventId}})
  }

  answers(text: string, eventId: number): void {
    this.says({type: 'agent_response', agent_response_event: {agent_response: text, event_id: eventId}})
  }

  breaks(code = 1006, reason = ''): void {
    this.onclose?.({code, reason})
  }

  get messages(): unknown[] {
    return this.sent.filter((frame) => frame['type'] === 'user_message').map((frame) => frame['text'])
  }
}

export class FakeWorld implements World {
  sockets: FakeSocket[] = []
  time = 0
  private timers: {at: number; act: () => void}[] = []

  open(url: string, protocols: string[]): Socket {
    const socket = new FakeSocket(new URL(url), protocols)
    this.sockets.push(socket)
    return socket
  }

  later(milliseconds: number, act: () => void): () => void {
    const timer = {at: this.time + milliseconds, act}
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((one) => one !== timer)
    }
  }

  now(): number {
    return this.time
  }

  random(): number {
    return 0.5
  }

  pass(milliseconds: number): void {
    const end = this.time + milliseconds
    for (;;) {
      const next = this.timers.filter((one) => one.at <= end).sort((one, other) => one.at - other.at)[0]
      if (!next) break
      this.timers = this.timers.filter((one) => one !== next)
      this.time = next.at
      next.act()
    }
    this.time = end
  }

  get pending(): number {
    return this.timers.length
  }

  get socket(): FakeSocket {
    const last = this.sockets.at(-1)
    if (!last) throw new Error('no socket was opened')
    return last
  }
}

/** A conversation with a server that the test plays. */
export function talking(plan: Partial<Plan> = {}) {
  const world = new FakeWorld()
  const endings: Ending[] = []
  const whole = {
    url: 'wss://parley.example/v1/convai/conversation?agent_id=agent_1&source=widget&version=1',
    initiation: {type: 'conversation_initiation_client_data'},
    tools: {},
    greeting: '',
    ...plan,
  }
  const watcher = {changed() {}, heard() {}, ended: (ending: Ending) => void endings.push(ending)}
  return {world, endings, chat: new Conversation(world, () => whole, watcher, whole.greeting)}
}
