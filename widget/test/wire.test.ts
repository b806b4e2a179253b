import assert from 'node:assert/strict'
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {test} from 'node:test'
import * as wire from '../src/wire'

declare const WIRE_FOLDER: string

type Golden = {name: string; direction: 'client' | 'server'; frame: Record<string, unknown>}
const all = readdirSync(WIRE_FOLDER).map((file) => JSON.parse(readFileSync(join(WIRE_FOLDER, file), 'utf8')) as Golden)
const golden = (name: string): Record<string, unknown> => {
  const found = all.find((one) => one.name === name)
  assert.ok(found, `tests/wire/${name}.json is missing`)
  return found.frame
}
const decoded = (name: string): wire.ServerMessage => wire.decode(JSON.stringify(golden(name)))

const read: Record<string, wire.ServerMessage> = {
  conversation_initiation_metadata: {type: 'metadata', conversationId: 'conv_01jx3harbour000000000000001', resumeToken: null, kept: null},
  conversation_initiation_metadata_resumable: {type: 'metadata', conversationId: 'conv_01jx3harbour000000000000001', resumeToken: 'rt_4f1e9c', kept: null},
  conversation_initiation_metadata_resumed: {type: 'metadata', conversationId: 'conv_01jx3harbour000000000000001', resumeToken: 'rt_4f1e9c', kept: 2},
  agent_response: {type: 'answer', text: 'We open at 7 on weekdays.', eventId: 7},
  agent_chat_response_part_start: {type: 'part', kind: 'start', text: '', eventId: 7},
  agent_chat_response_part_delta: {type: 'part', kind: 'delta', text: 'We open at 7 ', eventId: 7},
  agent_chat_response_part_stop: {type: 'part', kind: 'stop', text: '', eventId: 7},
  agent_response_correction: {type: 'correction', text: 'We open at 7', eventId: 7},
  client_tool_call: {type: 'tool_call', call: {name: 'show_product', id: 'call_1', parameters: {name: 'Lighthouse blend', grams: 250}}},
  agent_tool_response_end_call: {type: 'tool_response', name: 'end_call', isError: false},
  agent_typing: {type: 'typing', typing: true},
  ping: {type: 'ping', eventId: 11},
  error_max_duration_exceeded: {type: 'error', code: 1000, errorType: 'max_duration_exceeded', message: 'The conversation reached its longest duration.'},
}
for (const [name, message] of Object.entries(read)) {
  test(`the golden ${name} is understood`, () => assert.deepEqual(decoded(name), message))
}

test('every golden server frame is taken without a throw', () => {
  const frames = all.filter((one) => one.direction === 'server')

  assert.ok(frames.length >= 15)
  for (const {frame} of frames) assert.ok(wire.decode(JSON.stringify(frame)).type)
})

/** The frame as the original widget sends it, which says nothing about ears. */
function withoutHint(frame: object): object {
  const {conversation_config_override: hinted, ...rest} = frame as {conversation_config_override: Record<string, unknown>}
  const {text_only: _, ...override} = hinted
  return {...rest, conversation_config_override: override}
}

test('what the widget sends is what the golden files say', () => {
  const start = {version: '0.1.0', userId: 'visitor_7', variables: {}, overrides: {language: 'en'}}
  const full = {
    version: '0.1.0',
    userId: 'visitor_7',
    variables: {name: 'Ada', orders: 3, member: true},
    overrides: {prompt: 'Answer in rhymes.', llm: 'gpt-4o', firstMessage: 'Ahoy, {{name}}!', language: 'en', textOnly: true},
  }
  const {custom_llm_extra_body: _, ...rest} = golden('conversation_initiation_client_data_full')

  assert.deepEqual(wire.initiation(start), golden('conversation_initiation_client_data_own_widget'))
  assert.deepEqual(withoutHint(wire.initiation(full)), rest)
  assert.deepEqual(wire.userMessage('When do you open?'), golden('user_message'))
  assert.deepEqual(wire.userActivity(), golden('user_activity'))
  assert.deepEqual(wire.pong(11), golden('pong'))
  assert.deepEqual(wire.contextualUpdate('The visitor looks at the Lighthouse blend.'), golden('contextual_update'))
  assert.deepEqual(wire.toolResult('call_1', 'Shown.', false), golden('client_tool_result'))
})

test('nonsense is unknown, never a throw', () => {
  for (const raw of ['', '{', 'null', '[]', '7', '{"type":7}', '{"type":"ping"}', '{"type":"agent_response","agent_response_event":[]}', undefined, new ArrayBuffer(4)]) {
    assert.ok(wire.decode(raw).type)
  }
  assert.deepEqual(wire.decode('{"type":"vad_score"}'), {type: 'unknown'})
})
