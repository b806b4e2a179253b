// Every method of the vendor's JavaScript server SDK, found by looking, not from a list.
const ROOTS = ['conversationalAi', 'user', 'models', 'webhooks']

/** By dotted name: the method, and the names of its parameters. */
export function methodsOf(client) {
  return new Map(ROOTS.flatMap((root) => [...walk(client[root], root)]))
}

function* walk(room, path) {
  for (const [name, member] of members(room)) {
    if (member.get) yield* walk(room[name], `${path}.${name}`)
    else yield [`${path}.${name}`, { call: member.value.bind(room), ...parameters(member.value) }]
  }
}

function members(room) {
  const found = new Map()
  let at = Object.getPrototypeOf(room)
  for (; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      const ours = name !== 'constructor' && !name.startsWith('_')
      if (ours && !found.has(name)) found.set(name, member)
    }
  }
  return found
}

function parameters(method) {
  const head = String(method).split(')')[0].split('(')[1]
  const names = head.split(',').map((one) => one.split('=')[0].trim())
  return {
    inPath: names.filter((name) => name && !name.startsWith('request')),
    takesBody: names.includes('request'),
  }
}
