// What the widget tells the page, and the one event in which the page may have its say before a session.
import type {ClientTools} from './tools'
import type {Overrides} from './wire'
import type {Variables} from './attributes'

/** The object in `elevenlabs-convai:call`: a page may change it in place or put another one there. */
export type CallConfig = {
  agentId?: string | undefined
  signedUrl?: string | undefined
  origin: string
  connectionType: 'websocket'
  overrides: {
    agent: {
      prompt: {prompt?: string | undefined; llm?: string | undefined}
      firstMessage?: string | undefined
      language?: string | undefined
    }
    tts: Record<string, unknown>
    conversation: {textOnly?: boolean | undefined}
  }
  dynamicVariables: Variables
  textOnly: boolean
  userId?: string | undefined
  environment?: string | undefined
  clientTools: ClientTools
}

export function askPage(element: HTMLElement, config: CallConfig): CallConfig {
  const detail = {config}
  element.dispatchEvent(new CustomEvent('elevenlabs-convai:call', {bubbles: true, composed: true, detail}))
  return detail.config
}

export type Told = {
  ready: Record<string, never>
  open: Record<string, never>
  close: Record<string, never>
  message: {role: 'user' | 'agent'; text: string}
  status: {status: string; conversationId: string}
  error: {reason: string; conversationId: string}
}

/** `parley:open`, `parley:message` and so on: bubbling and composed, so that `document` hears them too. */
export function tellPage<K extends keyof Told>(element: HTMLElement, name: K, detail: Told[K]): void {
  element.dispatchEvent(new CustomEvent(`parley:${name}`, {bubbles: true, composed: true, detail}))
}

export function callConfig(
  target: {agentId?: string | undefined; signedUrl?: string | undefined; origin: string; environment?: string | undefined},
  overrides: Overrides,
  dynamicVariables: Variables,
  userId: string | undefined,
): CallConfig {
  const {prompt, llm, firstMessage, language, textOnly, tts} = overrides
  return {
    ...target,
    connectionType: 'websocket',
    overrides: {agent: {prompt: {prompt, llm}, firstMessage, language}, tts: tts ?? {}, conversation: {textOnly}},
    dynamicVariables,
    textOnly: true,
    userId,
    clientTools: {},
  }
}

export function overridesOf({overrides: {agent, tts, conversation}}: CallConfig): Overrides {
  const {prompt, llm} = agent?.prompt ?? {}
  const {firstMessage, language} = agent ?? {}
  const found = {prompt, llm, firstMessage, language, textOnly: conversation?.textOnly, tts: tts ?? {}}
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Overrides
}
