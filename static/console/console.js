// What every page does: notices that leave, copying, keys, and polling that rests in the background.
const say = words => {
  const region = document.querySelector('#say')
  region.textContent = ''
  requestAnimationFrame(() => { region.textContent = words })
}

// A notice stays while somebody reads it (pointer or focus on it); errors stay until closed.
const NOTICE_MS = 10000
for (const notice of document.querySelectorAll('[data-notice]')) {
  let timer
  const wait = () => {
    if (!notice.classList.contains('p-toast--stays')) timer = setTimeout(() => notice.remove(), NOTICE_MS)
  }
  for (const stay of ['pointerenter', 'focusin']) notice.addEventListener(stay, () => clearTimeout(timer))
  for (const leave of ['pointerleave', 'focusout']) notice.addEventListener(leave, wait)
  notice.querySelector('[data-dismiss]').addEventListener('click', () => notice.remove())
  say(notice.querySelector('span').textContent)
  wait()
}

// Delegated, so that it also holds for what htmx brings later.
document.addEventListener('click', async ({target}) => {
  const button = target.closest('[data-copy]')
  if (!button) return
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent)
  const label = button.querySelector('span'), words = label.textContent
  if (words === 'Copied') return
  label.textContent = 'Copied'
  say('Copied')
  setTimeout(() => { label.textContent = words }, 1600)
})

// An open menu closes by Esc (focus returns) and by a click elsewhere; a question before a deed by Esc.
document.addEventListener('keydown', event => {
  const open = document.querySelector('details:is(.p-menu, .p-sure)[open]')
  if (event.key !== 'Escape' || !open) return
  open.open = false
  open.querySelector('summary').focus()
})
document.addEventListener('click', ({target}) => {
  for (const open of document.querySelectorAll('details.p-menu[open]')) {
    if (!open.contains(target)) open.open = false
  }
})

// J and K, and only while nobody is typing; each has its visible link.
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (event.target.closest('input, textarea, select, [contenteditable]')) return
  document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`)?.click()
})

// Polling rests while the page is in the background.
document.addEventListener('htmx:config:request', event => {
  if (document.hidden && event.detail.ctx.sourceEvent?.type === 'every') event.preventDefault()
})

// A server that does not answer leaves the page as it is, and says so.
document.addEventListener('htmx:error', event => {
  const ctx = event.detail.ctx
  if (!ctx || ctx.sourceEvent?.type === 'every') return
  const saved = document.querySelector('#saved')
  if (saved) saved.textContent = 'Not saved: no connection'
  say('Not saved: no connection. Your text is still here.')
})
