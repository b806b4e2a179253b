// The look of the shadow root. Sizes of words are em of the visitor's own text size, not of the page's.

const LIGHT = `
  --base: var(--el-base, #fff); --hover: var(--el-base-hover, #f7f6f3); --active: var(--el-base-active, #f0eee9);
  --border: var(--el-base-border, #e3e0d9); --subtle: var(--el-base-subtle, #645f55); --ink: var(--el-base-primary, #1d1c1a);
  --error: var(--el-base-error, #b3261e); --accent: var(--el-accent, #2f4bc7); --on-accent: var(--el-accent-primary, #fff);
  --link: var(--el-accent, #2f4bc7); --edge: var(--el-base-border, #8a857a);
  --shade: 0 18px 50px -12px rgb(40 35 25 / .28), 0 4px 14px -4px rgb(40 35 25 / .12); color-scheme: light;`
const DARK = `
  --base: var(--el-base, #1a1c22); --hover: var(--el-base-hover, #22252d); --active: var(--el-base-active, #272a33);
  --border: var(--el-base-border, #2b2e37); --subtle: var(--el-base-subtle, #adb1bc); --ink: var(--el-base-primary, #ecedf0);
  --error: var(--el-base-error, #ff9c92); --accent: var(--el-accent, #4a66e4); --on-accent: var(--el-accent-primary, #fff);
  --link: var(--el-accent, #a3b5ff); --edge: var(--el-base-border, #717685);
  --shade: 0 18px 50px -12px rgb(0 0 0 / .75), 0 4px 14px -4px rgb(0 0 0 / .5); color-scheme: dark;`

const FRAME = `
:host { all: initial; position: fixed; inset: 0; z-index: 1000; pointer-events: none; display: block; }
:host([hidden]) { display: none; }
.root, .root *, .root ::before, .root ::after { box-sizing: border-box; }
.root [hidden] { display: none !important; }
.root { all: initial; ${LIGHT}
  --accent-hover: var(--el-accent-hover, color-mix(in srgb, var(--accent) 86%, black));
  --pad: var(--el-overlay-padding, 32px); --bubble: var(--el-bubble-radius, 15px); --input: var(--el-input-radius, 22px);
  --sheet: var(--el-sheet-radius, 18px); --knob: var(--el-button-radius, 18px);
  font-family: Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; font-size: medium; line-height: 1.5;
  color: var(--ink); position: absolute; inset: var(--pad); display: flex; flex-direction: column; justify-content: flex-end; align-items: flex-end;
  gap: 12px; pointer-events: none; -webkit-font-smoothing: antialiased; -webkit-text-size-adjust: 100%; }
.root[data-scheme="dark"] { ${DARK} }
@media (prefers-color-scheme: dark) { .root[data-scheme="auto"] { ${DARK} } }
.root[data-placement="bottom-left"], .root[data-placement="top-left"] { align-items: flex-start; }
.root[dir="rtl"] { align-items: flex-start; }
.root[dir="rtl"][data-placement$="left"] { align-items: flex-end; }
.root[data-placement="top"], .root[data-placement="bottom"] { align-items: center; }
.root[data-placement^="top"] { flex-direction: column-reverse; justify-content: flex-end; }
.root > * { pointer-events: auto; }
button, textarea { font: inherit; color: inherit; letter-spacing: inherit; margin: 0; }
button { cursor: pointer; border: 0; background: none; padding: 0; -webkit-tap-highlight-color: transparent; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.icon { width: 1.25em; height: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`
const AVATAR = `
.avatar { --a: var(--orb-1, #2f4bc7); --b: var(--orb-2, #9fd8ff); position: relative; display: block; flex: none; width: 36px; height: 36px; border-radius: 50%; overflow: hidden;
  background: radial-gradient(circle at 30% 25%, color-mix(in srgb, var(--b) 70%, white), transparent 55%), conic-gradient(from 210deg, var(--a), var(--b), var(--a)); }
.avatar.large { width: 112px; height: 112px; }
.avatar img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
`
const LAUNCHER = `
.launch { display: flex; align-items: center; gap: 12px; padding: 11px; min-height: 60px; max-width: 100%; border-radius: calc(var(--knob) + 12px); background: var(--base); color: var(--ink);
  border: 1px solid var(--border); box-shadow: var(--shade); font-size: .9375em; font-weight: 600; text-align: start; transition: translate .15s, background .15s; }
.launch:hover { background: var(--hover); translate: 0 -1px; }
.launch > .icon, .launch .question { display: none; }
.launch .label { overflow-wrap: anywhere; }
.launch .action { display: flex; align-items: center; justify-content: center; gap: 8px; min-height: 36px; padding: 6px 15px; border-radius: var(--knob); background: var(--accent); color: var(--on-accent); }
.launch:hover .action { background: var(--accent-hover); }
.launch[data-variant="tiny"] .label { display: none; }
.launch[data-variant="tiny"] .action { padding: 6px 8px; }
.launch[data-variant="full"]:not([data-open]) { display: grid; grid-template-columns: auto 1fr; width: max(264px, 16.5em); padding: 12px; border-radius: var(--sheet); gap: 10px 12px; }
.launch[data-variant="full"] .question { display: block; overflow-wrap: anywhere; }
.launch[data-variant="full"] .action { grid-column: 1 / -1; }
.launch[data-open] { width: 48px; min-height: 48px; padding: 0; justify-content: center; border-radius: 50%; }
.launch[data-open] > :not(.icon) { display: none; }
.launch[data-open] > .icon { display: block; }
`
const PANEL = `
.panel { display: flex; flex-direction: column; position: relative; width: min(max(400px, 25em), 100%); height: 550px; min-height: 0; flex: 0 1 auto; overflow: hidden; background: var(--base); border: 1px solid var(--border);
  border-radius: var(--sheet); box-shadow: var(--shade); font-size: .9375em; animation: rise .18s ease-out; }
.panel[data-wide] { width: min(600px, 100%); height: 100%; }
@keyframes rise { from { opacity: 0; translate: 0 8px; } }
header { display: flex; align-items: center; gap: 12px; padding: 12px 12px 12px 16px; border-bottom: 1px solid var(--border); flex: none; }
.names { flex: 1; min-width: 0; }
h2 { margin: 0; font-size: 1em; font-weight: 600; line-height: 1.35; letter-spacing: -.01em; overflow-wrap: anywhere; }
.status { margin: 0; font-size: .8125em; line-height: 1.35; color: var(--subtle); }
.status[data-status="reconnecting"] { color: var(--error); }
.tool { display: grid; place-items: center; width: 36px; height: 36px; border-radius: 10px; color: var(--subtle); flex: none; }
.tool + .tool { margin-inline-start: -8px; }
.tool:hover { background: var(--active); color: var(--ink); }
.tool.close { display: none; }
.empty { display: none; flex: 1; min-height: 0; place-items: center; overflow: hidden; }
.panel[data-empty] .empty { display: grid; }
.panel[data-empty] .messages { display: none; }
.messages { position: relative; flex: 1; min-height: 0; display: flex; }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 16px; scrollbar-width: thin; scrollbar-color: var(--border) transparent; outline-offset: -3px; }
.entries { display: flex; flex-direction: column; gap: 10px; }
.newer { position: absolute; bottom: 8px; left: 50%; translate: -50%; width: 36px; height: 36px; display: grid; place-items: center; border-radius: 50%; background: var(--base); border: 1px solid var(--border); box-shadow: var(--shade); }
`
const ENTRIES = `
.entry { display: flex; flex-direction: column; align-items: flex-start; max-width: 100%; }
.entry.user { align-items: flex-end; }
.bubble { max-width: 88%; padding: 9px 14px; border-radius: var(--bubble); background: var(--active); overflow-wrap: anywhere; min-width: 0; }
.user .bubble { background: var(--accent); color: var(--on-accent); white-space: pre-wrap; border-end-end-radius: 5px; }
.agent .bubble { border-end-start-radius: 5px; }
.failed, .line { font-size: .8125em; color: var(--subtle); }
.failed { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; margin-top: 4px; color: var(--error); }
.quiet { font-size: inherit; color: inherit; text-decoration: underline; text-underline-offset: 2px; border-radius: 4px; min-height: 24px; overflow-wrap: anywhere; }
.quiet:hover { color: var(--ink); }
.line { align-items: center; text-align: center; padding: 8px 12px; gap: 2px; }
.line p { margin: 0; display: flex; gap: 6px; align-items: center; overflow-wrap: anywhere; }
.line .quiet { font-size: .92em; text-decoration: none; font-variant-numeric: tabular-nums; }
.line.error p, .line.lost p { color: var(--error); }
.typing { display: flex; gap: 5px; width: max-content; margin-top: 10px; padding: 15px 16px; border-radius: var(--bubble); border-end-start-radius: 5px; background: var(--active); }
.typing i { width: 7px; height: 7px; border-radius: 50%; background: var(--subtle); animation: dot 1.2s infinite ease-in-out; }
.typing i:nth-child(2) { animation-delay: .15s; } .typing i:nth-child(3) { animation-delay: .3s; }
@keyframes dot { 0%, 60%, 100% { opacity: .3; translate: 0; } 30% { opacity: 1; translate: 0 -3px; } }
`
const RICH = `
.agent .bubble { --border: color-mix(in srgb, var(--ink) 18%, transparent); }
.agent .bubble > :is(p, ul, ol, blockquote, hr, .code, .scroll) { margin: 0 0 .6em; }
.agent .bubble > :last-child { margin-bottom: 0; }
p.heading { font-weight: 650; font-size: 1.05em; }
li p { margin: .4em 0 0; }
ul, ol { padding-inline-start: 1.35em; } li { margin: .15em 0; } li :is(ul, ol) { margin: .15em 0; }
li.task { list-style: none; margin-inline-start: -1.35em; } li.task input { margin: 0 .5em 0 0; accent-color: var(--accent); vertical-align: -.1em; }
strong { font-weight: 650; }
a { color: var(--link); text-underline-offset: 2px; border-radius: 3px; }
.refused { text-decoration: underline dotted; text-decoration-color: var(--error); text-underline-offset: 3px; cursor: help; }
blockquote { padding-inline-start: .8em; border-inline-start: 3px solid var(--border); color: var(--subtle); }
hr { border: 0; border-top: 1px solid var(--border); }
code { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .88em; background: color-mix(in srgb, var(--ink) 8%, transparent); border-radius: 4px; padding: .1em .3em; }
.code { border: 1px solid var(--border); border-radius: 10px; background: var(--base); overflow: hidden; max-width: 100%; }
.code .bar { display: flex; justify-content: space-between; align-items: center; gap: 8px; padding: 2px 10px; font-size: .8em; color: var(--subtle); border-bottom: 1px solid var(--border); }
.code pre { margin: 0; padding: 8px 10px; overflow-x: auto; } .code code { background: none; padding: 0; white-space: pre; overflow-wrap: normal; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .93em; } th, td { padding: 4px 10px 4px 0; border-bottom: 1px solid var(--border); text-align: start; vertical-align: top; overflow-wrap: normal; }
th { font-weight: 600; } .center { text-align: center; } .right { text-align: end; }
`
const COMPOSER = `
.composer { display: flex; align-items: flex-end; gap: 6px; flex: none; margin: 6px 12px 12px; padding: 5px 5px 5px 15px; border: 1px solid var(--edge); border-radius: var(--input); background: var(--base); cursor: text; }
.composer:focus-within { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
textarea, textarea:focus-visible { outline: 0; }
textarea { flex: 1; min-width: 0; display: block; resize: none; border: 0; background: none; padding: 6px 0; line-height: 1.45; max-height: min(8.5em, 30vh); overflow-y: auto; scrollbar-width: thin; }
textarea::placeholder { color: var(--subtle); opacity: 1; }
.send { display: grid; place-items: center; width: 34px; height: 34px; flex: none; border-radius: min(var(--input), 50%); background: var(--accent); color: var(--on-accent); transition: background .15s; }
.send:hover { background: var(--accent-hover); }
.send[disabled] { background: var(--active); color: var(--subtle); cursor: default; }
`
const PHONE = `
.root { --pad: var(--el-overlay-padding, 16px); }
.root[data-open] { inset: 0; top: var(--screen-top, 0px); height: var(--screen, 100dvh); gap: 0; }
.root[data-open] .launch { display: none; }
.panel, .panel[data-wide] { width: 100%; height: 100%; border: 0; border-radius: 0; }
.panel .tool.size { display: none; } .panel .tool.close { display: grid; }
.panel { font-size: 1em; } .tool { width: 44px; height: 44px; } .send { width: 40px; height: 40px; } textarea { font-size: max(1em, 16px); padding: 8px 0; }
.composer { margin-bottom: max(12px, env(safe-area-inset-bottom)); } header { padding-top: max(10px, env(safe-area-inset-top)); }
`
const WIDEST_PHONE = '640px'
const LOWEST_DESK = '420px'
const MODES = `
@media (max-width: ${WIDEST_PHONE}), (max-height: ${LOWEST_DESK}) { ${PHONE} }
@media (max-height: ${LOWEST_DESK}) { header { padding-block: 4px; } .log { padding-block: 8px; } .composer { margin-bottom: 6px; } }
@media (max-width: 340px) { .launch { max-width: calc(100vw - 32px); } header { padding-inline: 12px 6px; gap: 8px; } }
@media (prefers-reduced-motion: reduce) { .root *, .root { animation-duration: .01ms !important; animation-iteration-count: 1 !important; transition: none !important; } }
@media (forced-colors: active) { .launch, .panel, .bubble, .action, .send, .typing { border: 1px solid CanvasText; } .avatar { forced-color-adjust: none; } }
@media print { .root { display: none; } }
`
export const CSS = [FRAME, AVATAR, LAUNCHER, PANEL, ENTRIES, RICH, COMPOSER, MODES].join('')

let shared: CSSStyleSheet | undefined

/** One sheet for all widgets of a page, and one with what this agent's config sets; the page's own rules win over both. */
export function dress(root: ShadowRoot): (styles: Record<string, string>) => void {
  shared ??= sheet(CSS)
  const own = new CSSStyleSheet()
  root.adoptedStyleSheets = [shared, own]
  return (styles) => {
    own.replaceSync(':host {}')
    const rule = own.cssRules[0] as CSSStyleRule
    // One by one through the object model: a value cannot break out of its property.
    for (const [name, value] of Object.entries(styles)) rule.style.setProperty(name, value)
  }
}

function sheet(css: string): CSSStyleSheet {
  const made = new CSSStyleSheet()
  made.replaceSync(css)
  return made
}
