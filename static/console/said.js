// What an agent says, as nodes: paragraphs, lists, bold, code and web links. Never as HTML.
const INLINE = /(\*\*[^*\n]+\*\*|`[^`\n]+`|\[[^\]\n]+\]\(https?:\/\/[^\s)]+\))/

function inline(text) {
  return text.split(INLINE).filter(Boolean).map(piece => {
    const link = /^\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)$/.exec(piece)
    if (link) return Object.assign(element('a', link[1]), {href: link[2], target: '_blank', rel: 'noopener'})
    if (/^\*\*.+\*\*$/.test(piece)) return element('b', piece.slice(2, -2))
    if (/^`.+`$/.test(piece)) return element('code', piece.slice(1, -1))
    return piece
  })
}

function element(name, text) {
  const made = document.createElement(name)
  made.append(...(name === 'p' || name === 'li' ? inline(text) : [text]))
  return made
}

export function nodesOf(text) {
  const nodes = []
  for (const line of text.split('\n')) {
    const item = /^\s*(?:[-*•]|\d+\.)\s+(.*)$/.exec(line)
    if (item) {
      if (nodes.at(-1)?.tagName !== 'UL') nodes.push(document.createElement('ul'))
      nodes.at(-1).append(element('li', item[1]))
    } else if (line.trim()) nodes.push(element('p', line))
  }
  return nodes
}
