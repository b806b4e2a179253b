// Plays the steps of the Python tests with the vendor's JavaScript server SDK, which throws on
// every answer that lacks a key it demands. Reads PARLEY_URL, PARLEY_KEY and, from its input,
// {known, steps, unserved}; prints {methods, played, probed} as one line of JSON.
import { readFileSync } from 'node:fs'
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js'
import { methodsOf } from './methods.mjs'
import { addMissing, camel, filledIn, lacks } from './words.mjs'

const routes = []
const client = new ElevenLabsClient({
  apiKey: process.env.PARLEY_KEY,
  baseUrl: process.env.PARLEY_URL,
  maxRetries: 0,
  fetch: (url, init) => {
    routes.push(`${init.method} ${new URL(url).pathname}`)
    return fetch(url, init)
  },
})
const methods = methodsOf(client)
const { known, steps, unserved } = JSON.parse(readFileSync(0, 'utf8'))

async function play(step) {
  const name = camel(step.method)
  if (!methods.has(name)) return { missing: true }
  const given = filledIn(step.args, known)
  try {
    const answer = await call(methods.get(name), given, camelised(given))
    const told = await readable(answer)
    for (const [key, path] of Object.entries(step.keep)) known[key] = at(told, path)
    return { lacks: lacks(told, camelised(filledIn(step.expects, known))), fine: !step.fails }
  } catch (error) {
    return { status: error.statusCode, fine: step.fails === error.statusCode, error: said(error) }
  }
}

async function call(method, given, request) {
  const path = method.inPath.map((name) => given[name] ?? request[name])
  for (const name of method.inPath) delete request[camel(name)]
  return method.call(...path, ...(method.takesBody ? [request] : []))
}

/** A method that Parley does not serve, with whatever the SDK insists on before it sends. */
async function probe({ method: name, sample }) {
  const method = methods.get(camel(name))
  if (!method) return { missing: true }
  const before = routes.length
  const path = method.inPath.map(() => 'nothing')
  const request = camelised(filledIn(sample, known))
  for (;;) {
    try {
      await readable(await method.call(...path, ...(method.takesBody ? [request] : [])))
      return { route: routes[before], error: 'it answered' }
    } catch (error) {
      if (error.errors && addMissing(request, error.errors)) continue
      return { route: routes[before], status: error.statusCode, body: error.body, error: said(error) }
    }
  }
}

const camelised = (value) => camel(value, true)
const at = (value, path) => path.split('.').reduce((part, key) => part?.[camel(key)], value)
const said = (error) => `${error.constructor.name}: ${error.message}`.slice(0, 2000)

async function readable(answer) {
  if (answer?.bodyUsed === false) return { bytes: (await new Response(answer.stream()).arrayBuffer()).byteLength }
  return answer === undefined ? {} : JSON.parse(JSON.stringify(answer))
}

const played = []
for (const step of steps) {
  const before = routes.length
  played.push({ ...(await play(step)), route: routes[before] })
}
const probed = []
for (const one of unserved) probed.push(await probe(one))
console.log(JSON.stringify({ methods: [...methods.keys()], played, probed }))
