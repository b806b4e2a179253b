// Between the wire's snake_case and the SDK's camelCase, and what is kept from earlier steps.

/** A dotted name, or with `deep` a whole value, in the SDK's spelling. */
export function camel(value, deep = false) {
  if (!deep) return value.replace(/_+([a-z0-9])/g, (_, letter) => letter.toUpperCase())
  if (Array.isArray(value)) return value.map((part) => camel(part, true))
  if (value === null || typeof value !== 'object' || value.constructor !== Object) return value
  const named = Object.entries(value).map(([key, part]) => [camel(key), camel(part, true)])
  return Object.fromEntries(named)
}

/** `$agent` stands for what an earlier step kept; {"$file": …} for an upload. */
export function filledIn(value, known) {
  if (typeof value === 'string' && value.startsWith('$')) return known[value.slice(1)] ?? value
  if (Array.isArray(value)) return value.map((part) => filledIn(part, known))
  if (value === null || typeof value !== 'object') return value
  if (value.$file) {
    const { name, type, base64 } = value.$file
    return { data: Buffer.from(base64, 'base64'), filename: name, contentType: type }
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, filledIn(part, known)]))
}

/** Where an answer is not what was expected; null: anything will do. */
export function lacks(answer, expected, path = '') {
  if (expected === null) return []
  if (typeof expected !== 'object') {
    return answer === expected ? [] : [`${path}: ${JSON.stringify(answer)} is not ${JSON.stringify(expected)}`]
  }
  if (Array.isArray(expected) && answer?.length !== expected.length) {
    return [`${path}: ${JSON.stringify(answer)?.slice(0, 200)} has another length`]
  }
  const named = Object.entries(expected).filter(([key]) => !key.startsWith('xUnknown'))
  return named.flatMap(([key, part]) => lacks(answer?.[key], part, `${path}.${key}`))
}

/** Put in what the SDK said is missing; false when that was not the trouble. */
export function addMissing(request, complaints) {
  const missing = complaints.map((one) => [one.path, /^Missing required key "(\w+)"/.exec(one.message)?.[1]])
  for (const [path, key] of missing.filter(([, key]) => key)) {
    const place = path.reduce((part, step) => part[step], request)
    place[key] = /Ids$|^(tests|items|recipients|requests|templateParams)$/.test(key) ? [] : guessed(key)
  }
  return missing.some(([, key]) => key)
}

const guessed = (key) => (/[cC]onfig$|Settings$|^workflow$|Specification$|Request$/.test(key) ? {} : 'nothing')
