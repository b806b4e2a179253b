// The page's side of the chat: one action that the agent may take here, and a button that opens the chat.

function showProduct({name}) {
  const wanted = String(name ?? '').trim().toLowerCase()
  const product = [...document.querySelectorAll('[data-product]')].find((one) => wanted && one.dataset.product.includes(wanted))
  if (!product) throw new Error(`There is no product named ${name} on this page.`)
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  product.scrollIntoView({behavior: still ? 'auto' : 'smooth', block: 'center'})
  product.classList.add('shown')
  setTimeout(() => product.classList.remove('shown'), 4000)
  return `${product.querySelector('h3').textContent} is now in view.`
}

document.addEventListener('elevenlabs-convai:call', (event) => {
  event.detail.config.clientTools = {show_product: showProduct}
})

document.querySelector('[data-ask]')?.addEventListener('click', () => {
  document.dispatchEvent(new CustomEvent('elevenlabs-agent:expand', {detail: {action: 'expand'}}))
})
