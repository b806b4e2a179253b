import assert from 'node:assert/strict'
import {test} from 'node:test'
import type {Conversation} from '../src/conversation'
import {talking} from './fakes'

const texts = (chat: Conversation): string[] =>
  chat.talk.transcript.entries.map((entry) => (entry.role === 'line' ? entry.kind : entry.text))

test('nothing is opened and no timer runs before the first message', () => {
  const {world, chat} = talking({greeting: 'Ahoy!'})

  world.pass(3_600_000)

  assert.equal(world.sockets.length + world.pending, 0)
  assert.deepEqual(texts(chat), ['Ahoy!'])
})

test('the first message opens the socket, greets first and speaks after the metadata', () => {
  const {world, chat} = talking()

  chat.say('Hi')
  const {url, protocols} = world.socket
  world.socket.welcomes()
  assert.deepEqual(world.socket.messages, [])
  world.pass(100)

  assert.deepEqual(protocols, ['convai'])
  assert.equal(url.searchParams.get('resume'), '1')
  assert.deepEqual(world.socket.sent.map((frame) => frame['type']), ['conversation_initiation_client_data', 'user_message'])
})

test('a ping is answered at once', () => {
  const {world, chat} = talking()
  chat.say('Hi')

  world.socket.welcomes().says({type: 'ping', ping_event: {event_id: 4, ping_ms: null}})

  assert.deepEqual(world.socket.sent.at(-1), {type: 'pong', event_id: 4})
})

test('a cut line is taken up again after the last whole answer', () => {
  const {world, chat} = talking()
  chat.say('Hi')
  world.socket.welcomes()
  world.pass(100)
  world.socket.answers('Hello.', 2)
  world.socket.part('start', '', 3)
  world.socket.part('delta', 'We o', 3)

  world.socket.breaks()
  assert.equal(chat.talk.status, 'reconnecting')
  world.pass(300)
  const query = Object.fromEntries(world.socket.url.searchParams)
  world.socket.welcomes('conv_1', {resume_token: 'rt', user_messages_kept: 1})
  world.pass(100)
  world.socket.part('start', '', 3)
  world.socket.part('delta', 'We open at 7.', 3)
  world.socket.answers('We open at 7.', 3)

  assert.deepEqual(query, {agent_id: 'agent_1', source: 'widget', version: '1', conversation_id: 'conv_1', resume_token: 'rt', after: '2'})
  assert.equal(world.socket.sent[0]?.['type'], 'conversation_initiation_client_data')
  assert.deepEqual(world.socket.messages, [])
  assert.deepEqual(texts(chat), ['Hi', 'Hello.', 'We open at 7.'])
})

test('only messages that the server did not keep are sent again', () => {
  const {world, chat} = talking()
  chat.say('one')
  world.socket.welcomes()
  world.pass(100)
  chat.say('two')
  world.socket.breaks()
  chat.say('three')

  world.pass(300)
  world.socket.welcomes('conv_1', {user_messages_kept: 1})
  world.pass(100)

  assert.deepEqual(world.socket.messages, ['two', 'three'])
})

test('the waits between tries grow and stay below a minute', () => {
  const {world, chat} = talking()
  chat.say('Hi')
  world.socket.welcomes()

  const waits = [300, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000].map((wait) => {
    const tries = world.sockets.length
    world.socket.breaks()
    world.pass(wait - 1)
    const tooEarly = world.sockets.length - tries
    world.pass(1)
    return [tooEarly, world.sockets.length - tries]
  })

  assert.deepEqual(waits, Array.from({length: 9}, () => [0, 1]))
})

test('a try begins at once when the network is back', () => {
  const {world, chat} = talking()
  chat.say('Hi')
  world.socket.welcomes()
  world.socket.breaks()
  world.pass(300)
  world.socket.breaks()

  chat.wake()

  assert.equal(world.sockets.length, 3)
  world.pass(5000)
  assert.equal(world.sockets.length, 3)
})

test('a line that is silent for too long counts as cut', () => {
  const {world, chat} = talking()
  chat.say('Hi')
  world.socket.welcomes()
  world.pass(44_000)
  world.socket.says({type: 'ping', ping_event: {event_id: 4, ping_ms: null}})
  world.pass(44_000)
  assert.equal(chat.talk.status, 'connected')

  world.pass(2000)

  assert.equal(world.sockets[0]?.closedWith, 1005)
  assert.equal(world.sockets.length, 2)
})

test('a refused resume says so, and the next message starts anew', () => {
  const {world, chat, endings} = talking({greeting: 'Ahoy!'})
  chat.say('one')
  world.socket.welcomes()
  world.socket.breaks()
  world.pass(300)

  world.socket.onopen?.()
  world.socket.breaks(1008, 'This conversation has ended.')
  assert.deepEqual(texts(chat), ['Ahoy!', 'one', 'lost'])
  chat.say('two')

  assert.equal(endings[0]?.by, 'lost')
  assert.deepEqual(texts(chat), ['Ahoy!', 'two'])
  assert.equal(world.socket.url.searchParams.has('resume_token'), false)
})

test('a refusal is shown word for word and not tried again', () => {
  const {world, chat} = talking()
  chat.say('Hi')

  world.socket.onopen?.()
  world.socket.breaks(1008, 'This agent is busy. Try again in a minute.')
  world.pass(600_000)

  const last = chat.talk.transcript.entries.at(-1)
  assert.equal(last?.role === 'line' && last.detail, 'This agent is busy. Try again in a minute.')
  assert.equal(world.sockets.length, 1)
  assert.equal(world.pending, 0)
})

test('a server that is away is given up after a few tries', () => {
  const {world, chat} = talking()
  chat.say('Hi')

  for (let at = 0; at < 6; at += 1) {
    world.socket.breaks()
    world.pass(60_000)
  }

  assert.equal(world.sockets.length, 5)
  assert.deepEqual(texts(chat), ['Hi', 'error'])
})

test('a server that cannot resume is not asked to', () => {
  const {world, chat} = talking()
  chat.say('Hi')
  world.socket.welcomes('conv_1', {})

  world.socket.breaks()
  world.pass(600_000)

  assert.equal(world.sockets.length, 1)
  assert.deepEqual(texts(chat), ['Hi', 'error'])
})

test('a message too big for the server is not sent for ever', () => {
  const {world, chat} = talking()
  chat.say('Hi')
  world.socket.welcomes()

  world.socket.breaks(1009, 'This message is too long.')
  world.pass(600_000)

  assert.equal(world.sockets.length, 1)
})

test('code 1000 reads as ended by the agent', () => {
  const {world, chat, endings} = talking()
  chat.say('Hi')
  world.socket.welcomes().breaks(1000, 'Done.')

  assert.deepEqual(endings, [{by: 'agent', reason: 'Done.'}])
  assert.equal(chat.talk.status, 'ended')
})

test('the longest duration ends as an error with its reason', () => {
  const {world, chat, endings} = talking()
  chat.say('Hi')
  world.socket.welcomes()
  world.socket.says({type: 'error', error_event: {code: 1000, error_type: 'max_duration_exceeded', message: 'Too long.'}})
  world.socket.breaks(1000)

  assert.deepEqual(endings, [{by: 'error', reason: 'Too long.'}])
})

test('the visitor ends with code 1000 and nothing is left running', () => {
  const {world, chat, endings} = talking()
  chat.say('Hi')
  world.socket.welcomes()

  chat.end()

  assert.equal(world.socket.closedWith, 1000)
  assert.deepEqual(endings, [{by: 'user', reason: ''}])
  assert.equal(world.pending, 0)
})

test('ten silent minutes end the session', () => {
  const {world, chat, endings} = talking()
  chat.say('Hi')
  world.socket.welcomes()
  for (let at = 0; at < 61; at += 1) {
    world.pass(10_000)
    world.sockets[0]?.onmessage?.({data: '{"type":"ping","ping_event":{"event_id":9,"ping_ms":1}}'})
  }

  assert.deepEqual(endings, [{by: 'idle', reason: ''}])
})

test('typing is told once a second, and only to a server that listens', () => {
  const {world, chat} = talking()
  chat.typing()
  chat.say('Hi')
  world.socket.welcomes()
  for (let at = 0; at < 20; at += 1) {
    chat.typing()
    world.pass(100)
  }

  assert.equal(world.socket.sent.filter((frame) => frame['type'] === 'user_activity').length, 2)
})

test('a context given before the session arrives before the words', () => {
  const {world, chat} = talking()
  chat.mention('Looks at beans.')
  chat.say('Hi')
  world.socket.welcomes()
  world.pass(100)

  assert.deepEqual(world.socket.sent.map((frame) => frame['type']).slice(1), ['contextual_update', 'user_message'])
})
