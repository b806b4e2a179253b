import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Plan} from '../src/conversation'
import {talking} from './fakes'

const called = (name: string) => ({type: 'client_tool_call', client_tool_call: {tool_name: name, tool_call_id: 'c1', parameters: {a: 1}, event_id: 2}})
const tick = (): Promise<void> => new Promise((done) => setImmediate(done))

for (const [what, tools, expected] of [
  ['text is sent as it is', {f: () => 'Shown.'}, ['Shown.', false]],
  ['a number becomes text', {f: async () => 7}, ['7', false]],
  ['an object becomes JSON', {f: ({a}: Record<string, unknown>) => ({a})}, ['{"a":1}', false]],
  ['nothing becomes a standard sentence', {f: () => undefined}, ['Client tool execution successful.', false]],
  ['a throw becomes an error', {f: () => { throw new Error('No beans.') }}, ['No beans.', true]],
  ['a missing tool is an error at once', {}, ['This page has no tool named f.', true]],
] as const) {
  test(`client tool: ${what}`, async () => {
    const {world, chat} = talking({tools: tools as Plan['tools']})
    chat.say('Hi')
    world.socket.welcomes().says(called('f'))
    await tick()

    assert.deepEqual(world.socket.sent.at(-1), {type: 'client_tool_result', tool_call_id: 'c1', result: expected[0], is_error: expected[1]})
  })
}

test('a built-in of every object is no tool', async () => {
  const {world, chat} = talking()
  chat.say('Hi')
  world.socket.welcomes().says(called('constructor'))
  await tick()

  assert.equal(world.socket.sent.at(-1)?.['is_error'], true)
})

test('a tool that answers while the line is cut is heard after the resume', async () => {
  let finish: (result: string) => void = () => undefined
  const {world, chat} = talking({tools: {f: () => new Promise((done) => { finish = done })}})
  chat.say('Hi')
  world.socket.welcomes().says(called('f'))
  world.socket.breaks()
  finish('Late.')
  await tick()

  world.pass(300)
  world.socket.welcomes('conv_1', {user_messages_kept: 1})

  assert.deepEqual(world.socket.sent.at(-1), {type: 'client_tool_result', tool_call_id: 'c1', result: 'Late.', is_error: false})
})
