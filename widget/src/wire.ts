// The conversation socket's frames: what arrives becomes one of a few known values, what leaves has one shape.

export type ToolCall = {name: string; id: string; parameters: Record<string, unknown>}

export type ServerMessage =
  | {type: 'metadata'; conversationId: string; resumeToken: string | null; kept: number | null}
  | {type: 'part'; kind: 'start' | 'delta' | 'stop'; text: string; eventId: number}
  | {type: 'answer'; text: string; eventId: number}
  | {type: 'correction'; text: string; eventId: number}
  | {type: 'tool_call'; call: ToolCall}
  | {type: 'tool_response'; name: string; isError: boolean}
  | {type: 'typing'; typing: boolean}
  | {type: 'ping'; eventId: number}
  | {type: 'error'; code: number; errorType: string; message: string}
  | {type: 'unknown'}

const UNKNOWN: ServerMessage = {type: 'unknown'}

/** Whatever came, never a throw: a newer server may say things that this widget does not know. */
export function decode(raw: unknown): ServerMessage {
  const frame = parsed(raw)
  switch (frame['type']) {
    case 'conversation_initiation_metadata':
      return metadata(record(frame['conversation_initiation_metadata_event']))
    case 'agent_chat_response_part':
      return part(record(frame['text_response_part']))
    case 'agent_response': {
      const event = record(frame['agent_response_event'])
      return {type: 'answer', text: text(event['agent_response']), eventId: whole(event['event_id'])}
    }
    case 'agent_response_correction': {
      const event = record(frame['agent_response_correction_event'])
      const corrected = text(event['corrected_agent_response'])
      return {type: 'correction', text: corrected, eventId: whole(event['event_id'])}
    }
    case 'client_tool_call':
      return toolCall(record(frame['client_tool_call']))
    case 'agent_tool_response': {
      const event = record(frame['agent_tool_response'])
      const isError = event['is_error'] === true
      return {type: 'tool_response', name: text(event['tool_name']), isError}
    }
    case 'agent_typing':
      return {type: 'typing', typing: record(frame['agent_typing_event'])['is_typing'] === true}
    case 'ping':
      return {type: 'ping', eventId: whole(record(frame['ping_event'])['event_id'])}
    case 'error':
      return trouble(record(frame['error_event']))
    default:
      return UNKNOWN
  }
}

function metadata(event: Record<string, unknown>): ServerMessage {
  const token = event['resume_token']
  const kept = event['user_messages_kept']
  return {
    type: 'metadata',
    conversationId: text(event['conversation_id']),
    resumeToken: typeof token === 'string' && token ? token : null,
    kept: typeof kept === 'number' ? kept : null,
  }
}

function part(event: Record<string, unknown>): ServerMessage {
  const kind = event['type']
  if (kind !== 'start' && kind !== 'delta' && kind !== 'stop') return UNKNOWN
  return {type: 'part', kind, text: text(event['text']), eventId: whole(event['event_id'])}
}

function toolCall(event: Record<string, unknown>): ServerMessage {
  const call = {
    name: text(event['tool_name']),
    id: text(event['tool_call_id']),
    parameters: record(event['parameters']),
  }
  return {type: 'tool_call', call}
}

function trouble(event: Record<string, unknown>): ServerMessage {
  return {
    type: 'error',
    code: whole(event['code']),
    errorType: text(event['error_type']),
    message: text(event['message']) || text(event['reason']),
  }
}

export type Overrides = {
  prompt?: string
  llm?: string
  firstMessage?: string
  language?: string
  textOnly?: boolean
  tts?: Record<string, unknown>
}

export type Start = {
  overrides: Overrides
  variables: Record<string, string | number | boolean>
  userId?: string
  version: string
}

/**
 * The first frame. Its empty objects are expected by servers that know the original widget; that
 * nobody listens here is a hint, and needs no leave of an agent that could speak.
 */
export function initiation({overrides, variables, userId, version}: Start): object {
  const {prompt, llm, firstMessage, language, textOnly, tts} = overrides
  return {
    type: 'conversation_initiation_client_data',
    conversation_config_override: {
      text_only: true,
      agent: {prompt: given({prompt, llm}), ...given({first_message: firstMessage, language})},
      tts: tts ?? {},
      conversation: given({text_only: textOnly}),
    },
    dynamic_variables: variables,
    ...given({user_id: userId}),
    source_info: {source: 'widget', version},
  }
}

export const userMessage = (said: string): object => ({type: 'user_message', text: said})
export const userActivity = (): object => ({type: 'user_activity'})
export const pong = (eventId: number): object => ({type: 'pong', event_id: eventId})
export const contextualUpdate = (said: string): object => ({type: 'contextual_update', text: said})
export const toolResult = (id: string, result: string, isError: boolean): object => ({
  type: 'client_tool_result',
  tool_call_id: id,
  result,
  is_error: isError,
})

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

function parsed(raw: unknown): Record<string, unknown> {
  if (typeof raw !== 'string') return {}
  try {
    return record(JSON.parse(raw))
  } catch {
    return {}
  }
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const whole = (value: unknown): number => (typeof value === 'number' ? value : 0)
