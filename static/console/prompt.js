// The instructions, painted: headings bold, {{variables}} marked, unknown ones underlined.
const PIECES = /(\{\{\s*\w+\s*\}\}|^#+ .*$)/gm

function paint(box) {
  const twin = box.querySelector('pre')
  const known = new Set(box.dataset.known.split(' '))
  const nodes = box.querySelector('textarea').value.split(PIECES).map(piece => {
    const name = /^\{\{\s*(\w+)\s*\}\}$/.exec(piece)?.[1]
    if (!name && !/^#+ /.test(piece)) return piece
    const node = document.createElement(name ? 'mark' : 'b')
    node.textContent = piece
    if (name && !known.has(name) && !name.startsWith('system__')) node.className = 'miss'
    return node
  })
  twin.replaceChildren(...nodes, '\n')
  box.classList.add('is-painted')
}

function count(box) {
  const words = box.querySelector('textarea').value.trim().split(/\s+/).filter(Boolean).length
  const shown = document.querySelector('[data-count="prompt"]')
  if (shown) shown.textContent = words === 1 ? '1 word' : `${words} words`
}

function show(range) {
  document.querySelector(`[data-shows="${range.id}"]`).textContent = range.value
}

function refresh() {
  for (const box of document.querySelectorAll('.p-prompt')) {
    paint(box)
    count(box)
  }
  for (const range of document.querySelectorAll('input[type="range"]')) show(range)
}

document.addEventListener('input', ({target}) => {
  const box = target.closest('.p-prompt')
  if (box) {
    paint(box)
    count(box)
  }
  if (target.type === 'range') show(target)
})
document.addEventListener('htmx:after:swap', refresh)
refresh()

// Ctrl Enter saves, from any field of the agent.
document.addEventListener('keydown', event => {
  if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
  event.target.closest('[data-agent-form]')?.requestSubmit()
})
// Leaving with unsaved words asks first; a refused save leaves them unsaved.
let unsaved = false
const isAgent = target => target.closest('[data-agent-form]') !== null
document.addEventListener('input', ({target}) => { unsaved ||= isAgent(target) })
document.addEventListener('submit', ({target}) => { if (isAgent(target)) unsaved = false })
document.addEventListener('htmx:after:swap', () => {
  const refused = document.querySelector('[data-agent-form][data-refused]')
  unsaved ||= refused !== null
  refused?.querySelector('[aria-invalid]')?.focus()
})
document.addEventListener('htmx:error', ({target}) => { unsaved ||= isAgent(target) })
addEventListener('beforeunload', event => { if (unsaved) event.preventDefault() })
