// Launcher and panel together, in the order in which Tab goes through them.
import {el, set} from './dom'
import {launcher} from './launcher'
import type {Deeds, Model} from './model'
import {panel} from './panel'

export type View = {root: HTMLElement; show(model: Model): void; focusBox(): void; focusLauncher(): void}

export function widgetView(deeds: Deeds): View {
  const chat = panel(deeds)
  const opener = launcher(deeds)
  const root = el('div', {class: 'root', part: 'root'}, chat.root, opener.root)
  let closable = false
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing || !closable) return
    event.stopPropagation() // the page's own dialogs stay as they are
    deeds.close()
  })
  return {
    root,
    focusBox: chat.focus,
    focusLauncher: () => opener.button.focus(),
    show(model) {
      const {settings} = model
      closable = model.open && !settings.alwaysExpanded
      set(root, 'data-placement', settings.placement)
      set(root, 'data-scheme', settings.scheme)
      set(root, 'data-open', model.open)
      set(root, 'data-wide', model.wide)
      set(root, 'dir', settings.rightToLeft ? 'rtl' : 'ltr')
      set(root, 'lang', settings.language)
      chat.show(model)
      opener.show(model)
    },
  }
}
