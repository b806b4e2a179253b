import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Plan} from '../src/conversation'
import {talking, type FakeSocket} from './fakes'

const called = (name: string, id = 'c1') => ({type: 'client_tool_call', client_tool_call: {tool_name: name, tool_call_id: id, parameters: {a: 1}, event_id: 2}})
const results = (socket: FakeSocket): unknown[] =>
  socket.sent.filter((frame) => frame['type'] === 'client_tool_result').map((frame) => [frame['tool_call_id'], frame['result']])
/** Counts its runs and tells the number; `slow`: done when the test says so. */
const counting = () => {
  const waiting: (() => void)[] = []
  let runs = 0
  const slow = () => new Promise((done) => waiting.push(done.bind(null, `slow ${++runs}`)))
  return {tools: {f: () => `run ${++runs}`, slow}, finish: () => waiting.splice(0).forEach((act) => act()), runs: () => runs}
}
/** The line breaks and the same conversation goes on over another one. */
const cutAndResume = (world: ReturnType<typeof talking>['world']): FakeSocket => {
  world.socket.breaks()
  world.pass(300)
  return world.socket.welcomes('conv_1', {user_messages_kept: 1})
}
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

test('a call that is told again after a resume runs once and is answered again', async () => {
  const {tools, runs} = counting()
  const {world, chat} = talking({tools})
  chat.say('Hi')
  world.socket.welcomes().says(called('f'))
  await tick()

  const first = world.socket
  const second = cutAndResume(world)
  second.says(called('f'))
  await tick()
  const third = cutAndResume(world)
  third.says(called('f'))
  await tick()

  assert.equal(runs(), 1)
  assert.deepEqual([first, second, third].map(results), Array.from({length: 3}, () => [['c1', 'run 1']]))
})

test('an error is answered again as the same error', async () => {
  let runs = 0
  const {world, chat} = talking({tools: {f: () => { throw new Error(`Trouble ${++runs}.`) }}})
  chat.say('Hi')
  world.socket.welcomes().says(called('f'))
  await tick()
  const before = world.socket.sent.at(-1)

  const again = cutAndResume(world)
  again.says(called('f'))
  await tick()

  assert.equal(before?.['result'], 'Trouble 1.')
  assert.deepEqual(again.sent.at(-1), before)
})

test('calls with different ids all run', async () => {
  const {tools} = counting()
  const {world, chat} = talking({tools})
  chat.say('Hi')
  world.socket.welcomes()

  for (const id of ['c1', 'c2', 'c3']) world.socket.says(called('f', id))
  await tick()

  assert.deepEqual(results(world.socket), [['c1', 'run 1'], ['c2', 'run 2'], ['c3', 'run 3']])
})

test('a call that still runs when it is told again is answered once, on the line of that moment', async () => {
  const {tools, finish, runs} = counting()
  const {world, chat} = talking({tools})
  chat.say('Hi')
  const first = world.socket.welcomes()
  first.says(called('slow'))
  const second = cutAndResume(world)
  second.says(called('slow'))
  second.says(called('slow'))

  finish()
  await tick()

  assert.equal(runs(), 1)
  assert.deepEqual([first, second].map(results), [[], [['c1', 'slow 1']]])
})

test('a result from while the line was cut arrives once, and again for a server that asks again', async () => {
  const {tools, finish, runs} = counting()
  const {world, chat} = talking({tools})
  chat.say('Hi')
  world.socket.welcomes().says(called('slow'))
  world.socket.breaks()
  finish()
  await tick()

  world.pass(300)
  world.socket.welcomes('conv_1', {user_messages_kept: 1})
  await tick()
  const unasked = results(world.socket)
  world.socket.says(called('slow'))
  await tick()

  assert.deepEqual(unasked, [['c1', 'slow 1']])
  assert.deepEqual(results(world.socket), [['c1', 'slow 1'], ['c1', 'slow 1']])
  assert.equal(runs(), 1)
})

test('a new conversation forgets the calls of the one before, also those that still run', async () => {
  const {tools, finish} = counting()
  const {world, chat} = talking({tools})
  chat.say('Hi')
  world.socket.welcomes().says(called('f', 'done'))
  world.socket.says(called('slow', 'runs'))
  await tick()
  chat.end()

  chat.say('Hi again')
  world.socket.welcomes('conv_2').says(called('f', 'done'))
  world.socket.says(called('f', 'runs'))
  finish()
  await tick()

  assert.deepEqual(results(world.socket), [['done', 'run 3'], ['runs', 'run 4']])
})

test('the last fifty answers are remembered, counted from when they were given', async () => {
  const {tools, finish, runs} = counting()
  const {world, chat} = talking({tools})
  const tell = async (name: string, from: number, to: number): Promise<void> => {
    for (let number = from; number <= to; number += 1) world.socket.says(called(name, `c${number}`))
    await tick()
  }
  chat.say('Hi')
  world.socket.welcomes()

  await tell('slow', 0, 0)
  await tell('f', 1, 60)
  finish()
  await tick()
  await tell('f', 61, 109)
  const once = runs()
  await tell('f', 61, 109)
  await tell('slow', 0, 0)
  const again = runs()
  await tell('f', 60, 60)

  assert.deepEqual([once, again, runs()], [110, 110, 111])
  assert.deepEqual(results(world.socket).at(-2), ['c0', 'slow 1'])
})
