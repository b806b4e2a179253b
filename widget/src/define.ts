// The only side effect: the element gets its names. A second script on the page finds them taken and does nothing.
import {serverOrigin} from './address'
import {widgetClass} from './element'

export function define(script: string | undefined): void {
  for (const name of ['elevenlabs-convai', 'parley-agent']) {
    if (!customElements.get(name)) customElements.define(name, widgetClass(serverOrigin(script)))
  }
}
