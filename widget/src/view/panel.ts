// The chat panel: header, messages, message box. A dialog that leaves the page usable.
import {avatar} from './avatar'
import {composer} from './composer'
import {el, icon, set, write} from './dom'
import {messages} from './messages'
import {running, type Deeds, type Model} from './model'

export type Panel = {root: HTMLElement; focus(): void; show(model: Model): void}

export function panel(deeds: Deeds): Panel {
  const small = avatar('small')
  const large = avatar('large')
  const title = el('h2', {id: 'title'})
  const status = el('p', {class: 'status', role: 'status'})
  const end = el('button', {type: 'button', class: 'tool end', click: () => deeds.end()}, icon('end'))
  const size = el('button', {type: 'button', class: 'tool size', click: () => deeds.widen()})
  const close = el('button', {type: 'button', class: 'tool close', click: () => deeds.close()}, icon('close'))
  const heading = el('div', {class: 'names'}, title, status)
  const header = el('header', {}, small.root, heading, end, size, close)
  const log = messages(deeds)
  const box = composer(deeds)
  const frame = {class: 'panel', role: 'dialog', 'aria-labelledby': 'title', part: 'panel', hidden: true}
  const root = el('section', frame, header, el('div', {class: 'empty'}, large.root), log.root, box.root)
  return {
    root,
    focus: () => box.box.focus(),
    show(model) {
      const {settings, talk, open, wide} = model
      const {texts} = settings
      small.show(settings.avatar)
      large.show(settings.avatar)
      write(title, texts.main_label)
      write(status, statusText(model))
      set(status, 'data-status', talk.status)
      button(end, texts.end_call, running(talk))
      button(size, wide ? texts.narrow : texts.widen, settings.showResizeButton)
      if (size.dataset['wide'] !== String(wide)) size.replaceChildren(icon(wide ? 'narrow' : 'widen'))
      size.dataset['wide'] = String(wide)
      button(close, texts.collapse, !settings.alwaysExpanded)
      set(root, 'data-empty', talk.transcript.entries.length === 0)
      set(root, 'data-wide', wide)
      root.hidden = !open
      box.show(model)
      log.show(model)
    },
  }
}

function button(element: HTMLElement, label: string, shown: boolean): void {
  set(element, 'aria-label', label)
  set(element, 'title', label)
  element.hidden = !shown
}

function statusText({talk, settings: {texts}}: Model): string {
  switch (talk.status) {
    case 'connecting':
      return texts.connecting_status
    case 'reconnecting':
      return texts.reconnecting_status
    default:
      return texts.chatting_status
  }
}
