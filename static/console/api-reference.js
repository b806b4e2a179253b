// Draws the OpenAPI document. A key that is typed in stays in this window and is not kept.
const place = document.getElementById('reference')
const root = document.documentElement

const follow = () => root.classList.toggle('dark-mode', root.dataset.bsTheme === 'dark')
new MutationObserver(follow).observe(root, {attributeFilter: ['data-bs-theme']})
follow()

window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  filter: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  validatorUrl: null,
})
