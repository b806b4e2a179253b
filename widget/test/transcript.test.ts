import assert from 'node:assert/strict'
import {test} from 'node:test'
import {begun, ended, handed, heard, kept, said, unsent, type Transcript} from '../src/transcript'
import type {ServerMessage} from '../src/wire'

const part = (kind: 'start' | 'delta' | 'stop', text: string, eventId: number): ServerMessage => ({type: 'part', kind, text, eventId})
const answer = (text: string, eventId: number): ServerMessage => ({type: 'answer', text, eventId})
const all = (transcript: Transcript, ...messages: ServerMessage[]): Transcript => messages.reduce(heard, transcript)
const shown = (transcript: Transcript): string[] =>
  transcript.entries.map((entry) => (entry.role === 'line' ? `-- ${entry.kind}` : `${entry.role}: ${entry.text}`))

test('a message is sending until an answer shows that it arrived', () => {
  const asked = said(begun(''), 'Open today?', 'u1')
  assert.equal(unsent(asked).length, 1)

  const given = handed(asked, ['u1'])
  const answered = all(given, part('start', '', 2))

  assert.equal(unsent(given).length, 0)
  assert.deepEqual([given, answered].map(({entries}) => entries[0]?.role === 'user' && entries[0].state), ['sending', 'sent'])
})

test('an earlier answer that comes again is no sign that waiting words arrived', () => {
  const talk = kept(said(handed(said(begun(''), 'one', 'u1'), ['u1']), 'two', 'u2'), 1)

  const repeated = all(talk, answer('Answer to one.', 2))

  assert.deepEqual(unsent(repeated).map((entry) => entry.text), ['two'])
})

test('what the server does not have is sent again, whatever was believed before', () => {
  const talk = all(handed(said(begun(''), 'one', 'u1'), ['u1']), part('start', '', 2))

  assert.deepEqual(unsent(kept(talk, 0)).map((entry) => entry.text), ['one'])
})

test('a streamed answer is one bubble, and the final text replaces it', () => {
  const talk = all(said(begun(''), 'Hi', 'u1'), part('start', '', 3), part('delta', 'We op', 3), part('delta', 'en', 3), part('stop', '', 3), answer('We open at 7.', 3))

  assert.deepEqual(shown(talk), ['user: Hi', 'agent: We open at 7.'])
  assert.equal(talk.seen, 3)
})

test('an answer without parts is shown as well', () => {
  assert.deepEqual(shown(all(begun(''), answer('Hello.', 1))), ['agent: Hello.'])
})

test('the first message is shown once, streamed or not', () => {
  const streamed = all(said(begun('Ahoy!'), 'Hi', 'u1'), part('start', '', 1), part('delta', 'Ahoy!', 1), part('stop', '', 1), answer('Ahoy!', 1), answer('Hello.', 2))
  const whole = all(said(begun('Ahoy!'), 'Hi', 'u1'), answer('Ahoy!', 1), answer('Hello.', 2))

  assert.deepEqual(shown(streamed), ['agent: Ahoy!', 'user: Hi', 'agent: Hello.'])
  assert.deepEqual(shown(whole), shown(streamed))
})

test('a first message that was not announced is shown when it comes', () => {
  const talk = all(said(begun(''), 'Hi', 'u1'), answer('Ahoy!', 1), answer('Hello.', 2))

  assert.deepEqual(shown(talk), ['user: Hi', 'agent: Ahoy!', 'agent: Hello.'])
})

test('the greeting does not count as an answer to the visitor', () => {
  const talk = all(said(begun('Ahoy!'), 'Hi', 'u1'), answer('Ahoy!', 1))

  assert.equal(talk.waiting, true)
  assert.equal(unsent(talk).length, 1)
})

test('a correction cuts the text that was shown', () => {
  const talk = all(begun(''), answer('One two three.', 4), {type: 'correction', text: 'One two', eventId: 4})

  assert.deepEqual(shown(talk), ['agent: One two'])
})

test('a correction of an unknown answer changes nothing', () => {
  const talk = begun('Ahoy!')

  assert.deepEqual(heard(talk, {type: 'correction', text: 'x', eventId: 9}).entries, talk.entries)
})

test('an answer that begins again after a resume does not double', () => {
  const cut = all(said(begun(''), 'Hi', 'u1'), part('start', '', 5), part('delta', 'We open ', 5))

  const resumed = all(cut, part('start', '', 5), part('delta', 'We open at', 5), part('delta', ' 7.', 5), part('stop', '', 5), answer('We open at 7.', 5))

  assert.deepEqual(shown(resumed), ['user: Hi', 'agent: We open at 7.'])
})

test('late parts of a finished answer are dropped', () => {
  const talk = all(begun(''), answer('Done.', 5), part('delta', ' more', 5), part('start', '', 5))

  assert.deepEqual(shown(talk), ['agent: Done.'])
})

test('the same answer twice is one bubble', () => {
  assert.deepEqual(shown(all(begun(''), answer('Once.', 5), answer('Once.', 5))), ['agent: Once.'])
})

test('an empty answer leaves no empty bubble', () => {
  assert.deepEqual(shown(all(begun(''), part('start', '', 2), part('stop', '', 2), answer('', 2))), [])
})

test('what the server kept is sent, the rest is not', () => {
  const talk = said(said(said(begun(''), 'one', 'u1'), 'two', 'u2'), 'three', 'u3')

  assert.deepEqual(unsent(kept(talk, 2)).map((entry) => entry.text), ['three'])
})

test('an end closes open bubbles, marks the unsent and says so', () => {
  const talk = all(handed(said(begun(''), 'one', 'u1'), ['u1']), part('start', '', 2), part('delta', 'Half', 2))

  const over = ended(said(talk, 'two', 'u2'), {kind: 'error', detail: 'Too busy.', conversationId: 'c'})

  assert.deepEqual(shown(over), ['user: one', 'agent: Half', 'user: two', '-- error'])
  assert.deepEqual(over.entries.map((entry) => entry.role === 'line' || entry.state), ['sent', 'done', 'failed', true])
  assert.equal(over.waiting, false)
})

test('a transcript is never changed in place', () => {
  const before = said(begun('Ahoy!'), 'Hi', 'u1')
  const copy = structuredClone(before)

  all(before, part('start', '', 2), part('delta', 'x', 2), answer('xy', 2))
  ended(before, {kind: 'user_ended', detail: '', conversationId: ''})

  assert.deepEqual(before, copy)
})
