// Cards that save by themselves: Ctrl Enter saves, a refused one shows its field, leaving asks first.
const cardOf = node => node?.closest?.('[data-card]')
const unsaved = new Set() // ids of cards

document.addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) cardOf(event.target)?.requestSubmit()
})
document.addEventListener('input', ({target}) => { if (cardOf(target)) unsaved.add(cardOf(target).id) })
document.addEventListener('submit', ({target}) => { if (cardOf(target)) unsaved.delete(target.id) })

// Only after a card's own answer: what is redrawn by itself takes nobody's focus.
document.addEventListener('htmx:after:swap', event => {
  const sent = cardOf(event.detail.ctx?.sourceElement)
  const card = sent && document.getElementById(sent.id)
  if (!card?.matches('[data-refused]')) return
  unsaved.add(card.id)
  card.querySelector('[aria-invalid]')?.focus()
})
document.addEventListener('htmx:error', ({target}) => { if (cardOf(target)) unsaved.add(cardOf(target).id) })
addEventListener('beforeunload', event => { if (unsaved.size) event.preventDefault() })
