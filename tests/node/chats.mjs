// Plays what tests ask for with the vendor's browser SDK: one line of JSON [function, args] in, one
// line [answer, trouble] out, in order. Functions are those of chat.mjs.
import { createInterface } from 'node:readline'
import { Conversation } from '@elevenlabs/client'
import { chats } from './chat.mjs'

console.warn = console.error = () => {} // the SDK's remarks; tests read what its callbacks are told
const stage = chats({ Conversation })

for await (const line of createInterface({ input: process.stdin })) {
  const [name, args] = JSON.parse(line)
  const told = await Promise.resolve(stage[name](...args)).then(
    (answer) => [answer ?? null, ''],
    (error) => [null, error.message],
  )
  process.stdout.write(`${JSON.stringify(told)}\n`)
}
process.exit(0)
