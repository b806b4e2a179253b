// Making elements: text goes in as text, never as HTML.

type Attribute = string | number | boolean | null | undefined | ((event: Event) => void)
type Child = Node | string | null | undefined | false

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value)
    else set(made, name, value)
  }
  made.append(...children.filter((child): child is Node | string => Boolean(child)))
  return made
}

/** Writes only what changed: screen readers and transitions notice writes. */
export function set(element: Element, name: string, value: string | number | boolean | null | undefined): void {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name)
    return
  }
  const text = value === true ? '' : String(value)
  if (element.getAttribute(name) !== text) element.setAttribute(name, text)
}

export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

const PATHS = {
  chat: 'M21 12a8 8 0 0 1-8 8H4l2.2-3A8 8 0 1 1 21 12Z',
  down: 'm6 9 6 6 6-6',
  close: 'M6 6l12 12M18 6 6 18',
  send: 'M12 19V5M6 11l6-6 6 6',
  end: 'M5 5h9M5 5v14h9M10 12h10M17 9l3 3-3 3',
  widen: 'M14 5h5v5M10 19H5v-5M19 5l-6 6M5 19l6-6',
  narrow: 'M19 10h-5V5M5 14h5v5M14 10l6-6M10 14l-6 6',
  copy: 'M9 9h10v10H9zM5 15V5h10',
  warn: 'M12 8v5M12 16.5v.01M12 3 2.5 20h19Z',
} as const
export type Icon = keyof typeof PATHS

const SVG = 'http://www.w3.org/2000/svg'

export function icon(name: Icon): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  for (const [key, value] of Object.entries({viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true'})) {
    svg.setAttribute(key, value)
  }
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', PATHS[name])
  svg.append(path)
  return svg
}
