// Events of the page and the window that a widget listens to while it is on the page.
import {record} from './wire'

export type Wishes = {
  allowed(): boolean
  open(action: string): void
  say(text: string): void
  mention(text: string): void
  active(): void
  wake(): void
  resized(top: number, height: number): void
}

const EXPAND = 'elevenlabs-agent:expand'
const present = new Set<HTMLElement>()

export function pageEvents(element: HTMLElement, signal: AbortSignal, wishes: Wishes): void {
  present.add(element)
  signal.addEventListener('abort', () => present.delete(element))
  const listen = (target: EventTarget, name: string, act: (event: Event) => void): void =>
    target.addEventListener(name, act, {signal})

  listen(element, EXPAND, (event) => {
    event.stopPropagation() // or `document` would hear it as a wish to the first widget
    wishes.open(text(event, 'action'))
  })
  listen(document, EXPAND, (event) => {
    if (present.values().next().value === element) wishes.open(text(event, 'action'))
  })
  for (const [name, act] of [
    ['user-message', (event: Event) => wishes.say(text(event, 'message'))],
    ['contextual-update', (event: Event) => wishes.mention(text(event, 'message'))],
    ['user-activity', () => wishes.active()],
  ] as const) {
    listen(element, `elevenlabs-agent:${name}`, (event) => wishes.allowed() && act(event))
  }
  listen(window, 'online', () => wishes.wake())
  watchKeyboard(signal, wishes)
}

/** A phone's keyboard covers the page without making it smaller: only the visual viewport knows. */
function watchKeyboard(signal: AbortSignal, wishes: Wishes): void {
  const screen = window.visualViewport
  if (!screen) return
  const fit = (): void => wishes.resized(screen.offsetTop, screen.height)
  screen.addEventListener('resize', fit, {signal})
  screen.addEventListener('scroll', fit, {signal})
}

function text(event: Event, name: string): string {
  const value = record((event as CustomEvent).detail)[name]
  return typeof value === 'string' ? value : ''
}
