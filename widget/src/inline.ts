// Words of a paragraph: emphasis, code, links. Unfinished marks, as while streaming, stay as they were typed.

export type Inline =
  | {type: 'text'; text: string}
  | {type: 'code'; text: string}
  | {type: 'strong' | 'em' | 'del'; words: Inline[]}
  | {type: 'link'; href: string; words: Inline[]}
  | {type: 'break'}

const DEEPEST = 8
const LONGEST = 2000 // a mark further away than this is taken as unfinished: keeps the work linear
const ESCAPED = /[!-/:-@[-`{-~]/
const ADDRESS = /^(?:https?:\/\/|www\.)[^\s<>"'`|]+/i
const ANGLED = /^<((?:https?:\/\/|mailto:)[^\s<>]+)>/i
const LETTER = /[\p{L}\p{N}]/u

export function inline(source: string, depth = 0, linked = false): Inline[] {
  const words: Inline[] = []
  let plain = ''
  let at = 0
  const flush = (): void => {
    if (plain) words.push({type: 'text', text: plain})
    plain = ''
  }
  while (at < source.length) {
    const taken = depth < DEEPEST ? piece(source, at, depth, linked) : null
    if (!taken) {
      plain += source[at]
      at += 1
    } else if (typeof taken[0] === 'string') {
      plain += taken[0]
      at = taken[1]
    } else {
      flush()
      words.push(taken[0])
      at = taken[1]
    }
  }
  flush()
  return words
}

type Taken = [Inline | string, number] | null

function piece(source: string, at: number, depth: number, linked: boolean): Taken {
  switch (source[at]) {
    case '\\':
      return escaped(source, at)
    case '\n':
      return [{type: 'break'}, at + 1]
    case '`':
      return code(source, at)
    case '*':
    case '_':
    case '~':
      return emphasis(source, at, depth, linked)
    case '!':
      // A picture would be fetched from wherever the text says: its description links there instead.
      return source[at + 1] === '[' ? link(source, at + 1, depth, linked) : null
    case '[':
      return link(source, at, depth, linked)
    case '<':
      return angled(source, at, linked)
    case 'h':
    case 'H':
    case 'w':
    case 'W':
      return bare(source, at, linked)
    default:
      return null
  }
}

function escaped(source: string, at: number): Taken {
  const next = source[at + 1] ?? ''
  if (next === '\n') return [{type: 'break'}, at + 2]
  return ESCAPED.test(next) ? [next, at + 2] : null
}

function code(source: string, at: number): Taken {
  const ticks = run(source, at)
  let close = source.indexOf(ticks, at + ticks.length)
  while (close !== -1 && run(source, close) !== ticks) {
    close = source.indexOf(ticks, close + run(source, close).length)
  }
  if (close === -1 || close - at > LONGEST) return [ticks, at + ticks.length]
  const text = source.slice(at + ticks.length, close).replaceAll('\n', ' ')
  const trimmed = text.startsWith(' ') && text.endsWith(' ') && text.trim() ? text.slice(1, -1) : text
  return [{type: 'code', text: trimmed}, close + ticks.length]
}

function emphasis(source: string, at: number, depth: number, linked: boolean): Taken {
  const mark = source[at] ?? ''
  const marks = run(source, at)
  const width = mark === '~' ? marks.length : Math.min(marks.length, 2)
  if (marks.length > 3 || (mark === '~' && width !== 2)) return [marks, at + marks.length]
  const open = marks.slice(0, width)
  const start = at + width
  if (/\s/.test(source[start] ?? ' ')) return [marks, at + marks.length]
  // snake_case is a word, not emphasis; `*` may stand inside words, which languages without spaces need.
  if (mark === '_' && LETTER.test(source[at - 1] ?? '')) return [marks, at + marks.length]
  const close = closing(source, start, open)
  if (close === -1) return [marks, at + marks.length]
  const words = inline(source.slice(start, close), depth + 1, linked)
  const type = mark === '~' ? 'del' : width === 2 ? 'strong' : 'em'
  return [{type, words}, close + width]
}

function closing(source: string, from: number, open: string): number {
  const mark = open[0] ?? ''
  const end = Math.min(source.length, from + LONGEST)
  for (let at = from; at < end; at += 1) {
    if (source[at] === '\\') at += 1
    else if (source[at] === '`') at = (code(source, at)?.[1] ?? at + 1) - 1
    else if (source[at] === mark) {
      const marks = run(source, at)
      const fits = open.length === 1 ? marks.length !== 2 : marks.length >= 2
      const close = open.length === 2 && marks.length > 2 ? at + marks.length - 2 : at
      if (fits && !/\s/.test(source[close - 1] ?? ' ') && !splitsWord(source, close + open.length, mark)) {
        return close
      }
      at += marks.length - 1
    }
  }
  return -1
}

const splitsWord = (source: string, after: number, mark: string): boolean =>
  mark === '_' && LETTER.test(source[after] ?? '')

function link(source: string, at: number, depth: number, linked: boolean): Taken {
  const close = bracket(source, at, '[', ']')
  if (close === -1 || source[close + 1] !== '(') return null
  const end = bracket(source, close + 1, '(', ')')
  if (end === -1) return null
  const target = source.slice(close + 2, end).trim()
  const href = target.startsWith('<')
    ? target.slice(1, target.indexOf('>'))
    : (target.split(/\s+/)[0] ?? '')
  const words = inline(source.slice(at + 1, close), depth + 1, true)
  if (linked) return [{type: 'em', words}, end + 1]
  return [{type: 'link', href, words: words.length ? words : [{type: 'text', text: href}]}, end + 1]
}

function bracket(source: string, at: number, open: string, close: string): number {
  let level = 0
  const end = Math.min(source.length, at + LONGEST)
  for (let here = at; here < end; here += 1) {
    const letter = source[here]
    if (letter === '\\') here += 1
    else if (letter === open) level += 1
    else if (letter === close) {
      level -= 1
      if (level === 0) return here
    }
  }
  return -1
}

function angled(source: string, at: number, linked: boolean): Taken {
  const found = linked ? null : ANGLED.exec(source.slice(at, at + LONGEST))
  if (!found) return null
  const href = found[1] ?? ''
  return [{type: 'link', href, words: [{type: 'text', text: href}]}, at + found[0].length]
}

function bare(source: string, at: number, linked: boolean): Taken {
  if (linked || LETTER.test(source[at - 1] ?? '')) return null
  const found = ADDRESS.exec(source.slice(at, at + LONGEST))
  if (!found) return null
  let text = found[0].replace(/[.,;:!?*_~]+$/, '')
  while (text.endsWith(')') && text.split(')').length > text.split('(').length) text = text.slice(0, -1)
  const href = /^www\./i.test(text) ? `https://${text}` : text
  return [{type: 'link', href, words: [{type: 'text', text}]}, at + text.length]
}

function run(source: string, at: number): string {
  let end = at
  while (source[end] === source[at]) end += 1
  return source.slice(at, end)
}
