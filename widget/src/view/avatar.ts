// The agent's face: a picture, or an orb of two colours.
import type {Avatar} from '../settings'
import {el} from './dom'

export function avatar(size: 'small' | 'large'): {root: HTMLElement; show(face: Avatar): void} {
  const root = el('span', {class: `avatar ${size}`, 'aria-hidden': 'true'})
  let shown = ''
  return {
    root,
    show(face) {
      const key = JSON.stringify(face)
      if (key === shown) return
      shown = key
      root.replaceChildren()
      const orb = 'orb' in face ? face.orb : null
      root.style.setProperty('--orb-1', orb?.[0] ?? '')
      root.style.setProperty('--orb-2', orb?.[1] ?? '')
      // A picture that does not load leaves the orb below it.
      if ('image' in face) {
        root.append(el('img', {src: face.image, alt: '', error: (event) => (event.target as Element).remove()}))
      }
    },
  }
}
