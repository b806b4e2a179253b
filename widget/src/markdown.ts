// An agent's Markdown as a tree of plain values: blocks here, words in inline.ts. HTML is text like any other.
import {inline, type Inline} from './inline'

export type Align = 'left' | 'center' | 'right' | null
export type Item = {done: boolean | null; blocks: Block[]}
export type Block =
  | {type: 'paragraph'; words: Inline[]}
  | {type: 'heading'; level: number; words: Inline[]}
  | {type: 'code'; language: string; text: string}
  | {type: 'quote'; blocks: Block[]}
  | {type: 'list'; ordered: boolean; start: number; items: Item[]}
  | {type: 'table'; align: Align[]; head: Inline[][]; rows: Inline[][][]}
  | {type: 'rule'}

const DEEPEST = 12 // deeper nesting is somebody trying to exhaust the stack
const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)[^`]*$/
const HEADING = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/
const RULE = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/
const QUOTE = /^ {0,3}> ?/
const BULLET = /^( *)([-*+]|\d{1,9}[.)])(?:( +)(.*)|$)/
const DIVIDER = /^ {0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/

export function markdown(source: string): Block[] {
  return blocks(source.replace(/\r\n?/g, '\n').replaceAll('\t', '    ').split('\n'), 0)
}

function blocks(lines: string[], depth: number): Block[] {
  const found: Block[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ''
    if (!line.trim()) {
      at += 1
      continue
    }
    const [block, next] = depth < DEEPEST ? one(lines, at, depth) : paragraph(lines, at)
    found.push(block)
    at = next
  }
  return found
}

type Taken = [Block, number]

function one(lines: string[], at: number, depth: number): Taken {
  const line = lines[at] ?? ''
  const fence = FENCE.exec(line)
  if (fence) return code(lines, at, fence[1] ?? '```', fence[2] ?? '')
  const heading = HEADING.exec(line)
  if (heading) {
    const level = heading[1]?.length ?? 1
    return [{type: 'heading', level, words: inline(heading[2] ?? '')}, at + 1]
  }
  if (RULE.test(line)) return [{type: 'rule'}, at + 1]
  if (QUOTE.test(line)) return quote(lines, at, depth)
  if (BULLET.test(line)) return list(lines, at, depth)
  if (line.includes('|') && DIVIDER.test(lines[at + 1] ?? '') && (lines[at + 1] ?? '').includes('|')) {
    return table(lines, at)
  }
  return paragraph(lines, at)
}

function code(lines: string[], at: number, fence: string, language: string): Taken {
  const body: string[] = []
  const mark = fence[0] ?? '`'
  let next = at + 1
  // A fence that is still open, as while streaming, runs to the end.
  for (; next < lines.length; next += 1) {
    const line = (lines[next] ?? '').trim()
    if (line.length >= fence.length && [...line].every((letter) => letter === mark)) break
    body.push(lines[next] ?? '')
  }
  return [{type: 'code', language, text: body.join('\n')}, next + 1]
}

function quote(lines: string[], at: number, depth: number): Taken {
  let next = at
  while (next < lines.length && QUOTE.test(lines[next] ?? '')) next += 1
  const inner = lines.slice(at, next).map((line) => line.replace(QUOTE, ''))
  return [{type: 'quote', blocks: blocks(inner, depth + 1)}, next]
}

function list(lines: string[], at: number, depth: number): Taken {
  const first = BULLET.exec(lines[at] ?? '')
  const outer = first?.[1]?.length ?? 0
  const ordered = /\d/.test(first?.[2] ?? '')
  const items: Item[] = []
  let next = at
  while (next < lines.length) {
    const bullet = BULLET.exec(lines[next] ?? '')
    if (!bullet || RULE.test(lines[next] ?? '')) break
    if (Math.abs((bullet[1] ?? '').length - outer) > 1) break
    if (/\d/.test(bullet[2] ?? '') !== ordered) break
    const [end, inner] = itemLines(lines, next, outer, bullet[4] ?? '')
    items.push(item(inner, depth))
    next = end
  }
  const start = Number.parseInt(first?.[2] ?? '1', 10) || (ordered ? 0 : 1)
  return [{type: 'list', ordered, start, items}, next]
}

/** An item goes on while lines are indented deeper than its bullet; blank lines may lie between. */
function itemLines(lines: string[], at: number, outer: number, rest: string): [number, string[]] {
  const inner = [rest]
  let next = at + 1
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? ''
    const indent = line.length - line.trimStart().length
    if (!line.trim()) {
      const after = lines.slice(next).find((one) => one.trim())
      if (!after || (after.length - after.trimStart().length <= outer + 1 && !isSibling(after, outer))) break
      inner.push('')
      continue
    }
    if (indent <= outer + 1 && startsBlock(line)) break
    if (indent <= outer + 1 && inner.at(-1) === '') break
    inner.push(indent > outer + 1 ? line.slice(Math.min(indent, outer + 2)) : line)
  }
  return [next, inner]
}

const isSibling = (line: string, outer: number): boolean =>
  Math.abs((BULLET.exec(line)?.[1] ?? '         ').length - outer) <= 1

function item(lines: string[], depth: number): Item {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(lines[0] ?? '')
  const inner = task ? [task[2] ?? '', ...lines.slice(1)] : lines
  return {done: task ? task[1] !== ' ' : null, blocks: blocks(inner, depth + 1)}
}

function table(lines: string[], at: number): Taken {
  const align = cells(lines[at + 1] ?? '').map(alignment)
  const head = align.map((_, column) => inline(cells(lines[at] ?? '')[column] ?? ''))
  const rows: Inline[][][] = []
  let next = at + 2
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? ''
    if (!line.trim() || !line.includes('|')) break
    const row = cells(line)
    rows.push(align.map((_, column) => inline(row[column] ?? '')))
  }
  return [{type: 'table', align, head, rows}, next]
}

function cells(line: string): string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '')
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))
}

function alignment(cell: string): Align {
  if (cell.startsWith(':')) return cell.endsWith(':') ? 'center' : 'left'
  return cell.endsWith(':') ? 'right' : null
}

function paragraph(lines: string[], at: number): Taken {
  let next = at + 1
  while (next < lines.length && (lines[next] ?? '').trim() && !startsBlock(lines[next] ?? '')) next += 1
  const text = lines.slice(at, next).map((line) => line.trimStart()).join('\n').trimEnd()
  return [{type: 'paragraph', words: inline(text)}, next]
}

const startsBlock = (line: string): boolean =>
  [FENCE, HEADING, RULE, QUOTE, BULLET].some((pattern) => pattern.test(line))
