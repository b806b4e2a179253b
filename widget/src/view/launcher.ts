// The button in the corner: opens the panel, and while it is open closes it.
import {avatar} from './avatar'
import {el, icon, set, write} from './dom'
import type {Deeds, Model} from './model'

export function launcher(deeds: Deeds): {root: HTMLElement; button: HTMLButtonElement; show(model: Model): void} {
  const face = avatar('small')
  const question = el('span', {class: 'question'})
  const label = el('span', {class: 'label'})
  const chat = icon('chat')
  const down = icon('down')
  const action = el('span', {class: 'action'}, chat, label)
  const button = el('button', {type: 'button', class: 'launch', 'aria-haspopup': 'dialog'}, face.root, question, action, down)
  let isOpen = false
  button.addEventListener('click', () => (isOpen ? deeds.close() : deeds.open()))
  return {
    root: button,
    button,
    show({settings, open}) {
      isOpen = open
      const {texts, variant} = settings
      face.show(settings.avatar)
      write(question, texts.main_label)
      write(label, texts.start_chat)
      const named = variant === 'full' ? `${texts.main_label} ${texts.start_chat}` : texts.start_chat
      set(button, 'aria-label', open ? texts.collapse : named)
      set(button, 'aria-expanded', String(open))
      set(button, 'data-variant', variant)
      set(button, 'data-open', open)
      button.hidden = settings.alwaysExpanded
    },
  }
}
