// The Markdown tree as elements. Only what is listed here can appear on the page.
import {allowedLink, type LinkRule} from '../links'
import {markdown, type Block, type Item} from '../markdown'
import type {Inline} from '../inline'
import type {Texts} from '../texts'
import {el, write} from './dom'

export type Reading = {links: LinkRule; page: string; texts: Texts; later(act: () => void): void}

export function rich(source: string, reading: Reading): Node[] {
  return markdown(source).map((block) => drawn(block, reading))
}

function drawn(block: Block, reading: Reading): Node {
  switch (block.type) {
    case 'paragraph':
      return el('p', {}, ...words(block.words, reading))
    case 'heading':
      // Below the page's own headings, whatever the agent thinks of itself.
      return el(
        'p',
        {class: 'heading', role: 'heading', 'aria-level': Math.min(block.level + 2, 6)},
        ...words(block.words, reading),
      )
    case 'code':
      return code(block.text, block.language, reading)
    case 'quote':
      return el('blockquote', {}, ...block.blocks.map((inner) => drawn(inner, reading)))
    case 'rule':
      return el('hr')
    case 'list':
      return list(block, reading)
    case 'table':
      return table(block, reading)
  }
}

function list(block: Extract<Block, {type: 'list'}>, reading: Reading): Node {
  const items = block.items.map((item) => listItem(item, reading))
  return block.ordered ? el('ol', {start: block.start === 1 ? null : block.start}, ...items) : el('ul', {}, ...items)
}

function listItem(item: Item, reading: Reading): Node {
  const inner = item.blocks.flatMap((block, at): Node[] =>
    // The usual one-line item is no paragraph: it would stand apart.
    at === 0 && block.type === 'paragraph' ? words(block.words, reading) : [drawn(block, reading)],
  )
  const box = item.done === null ? null : el('input', {type: 'checkbox', checked: item.done, disabled: true})
  return el('li', {class: box ? 'task' : null}, box, ...inner)
}

function table(block: Extract<Block, {type: 'table'}>, reading: Reading): Node {
  const cell = (tag: 'th' | 'td', inner: Inline[], column: number): Node =>
    el(tag, {class: block.align[column] ?? null, scope: tag === 'th' ? 'col' : null}, ...words(inner, reading))
  const head = el('tr', {}, ...block.head.map((inner, column) => cell('th', inner, column)))
  const rows = block.rows.map((row) => el('tr', {}, ...row.map((inner, column) => cell('td', inner, column))))
  const drawnTable = el('table', {}, el('thead', {}, head), el('tbody', {}, ...rows))
  return el('div', {class: 'scroll', tabindex: 0, role: 'group'}, drawnTable)
}

function code(text: string, language: string, {texts, later}: Reading): Node {
  const button = el('button', {type: 'button', class: 'quiet', click: () => void copy()}, texts.copy)
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text).catch(() => undefined)
    write(button, texts.copied)
    later(() => write(button, texts.copy))
  }
  const bar = el('div', {class: 'bar'}, el('span', {}, language), button)
  return el('div', {class: 'code'}, bar, el('pre', {tabindex: 0, dir: 'ltr'}, el('code', {}, text)))
}

function words(inner: Inline[], reading: Reading): Node[] {
  return inner.map((word) => {
    switch (word.type) {
      case 'text':
        return document.createTextNode(word.text)
      case 'code':
        return el('code', {}, word.text)
      case 'break':
        return el('br')
      case 'link':
        return link(word.href, words(word.words, reading), reading)
      default:
        return el(word.type, {}, ...words(word.words, reading))
    }
  })
}

function link(href: string, inner: Node[], {links, page, texts}: Reading): Node {
  const address = allowedLink(href, links, page)
  if (address) return el('a', {href: address, target: '_blank', rel: 'noopener noreferrer'}, ...inner)
  // Said, not hidden: the visitor may still want to read where it would have gone.
  return el('span', {class: 'refused', title: `${texts.link_not_allowed}: ${href}`}, ...inner)
}
