// What holds now: attributes win over the language's preset, that over the config, that over what we have built in.
import {oneOf, PLACEMENTS, VARIANTS, variables} from './attributes'
import type {Attributes, Name, Placement, Variables, Variant} from './attributes'
import type {Config} from './config'
import type {LinkRule} from './links'
import {textsFrom, type Texts} from './texts'
import {record, type Overrides} from './wire'

export type Avatar = {image: string} | {orb: [string, string] | null}

export type Settings = {
  variant: Variant
  placement: Placement
  scheme: 'light' | 'dark' | 'auto'
  avatar: Avatar
  texts: Texts
  language: string
  rightToLeft: boolean
  greeting: string
  variables: Variables
  overrides: Overrides
  userId: string | undefined
  defaultExpanded: boolean
  alwaysExpanded: boolean
  showConversationId: boolean
  showResizeButton: boolean
  allowEvents: boolean
  links: LinkRule
  styles: Record<string, string>
}

const RIGHT_TO_LEFT = ['ar', 'fa', 'he', 'ps', 'sd', 'ur']

/** Older pages put conversation overrides into `override-config`; both shapes are told apart here. */
export const looksLikeOverrides = (json: Record<string, unknown>): boolean =>
  !('avatar' in json) && ['agent', 'tts', 'conversation'].some((key) => typeof json[key] === 'object')

export function settle(given: Attributes, config: Config, browserLanguages: readonly string[]): Settings {
  const language = chosenLanguage(given, config, browserLanguages)
  const preset = record(record(config['language_presets'])[language])
  const known = variables(given.json('dynamic-variables'))
  const first =
    given.text('override-first-message') ?? string(preset['first_message']) ?? string(config['first_message'])
  const yes = (name: Name, usual: boolean): boolean =>
    given.flag(name) ?? bool(config[name.replaceAll('-', '_')]) ?? usual
  return {
    variant: oneOf(VARIANTS, given.text('variant'), config['variant']) ?? 'tiny',
    placement: oneOf(PLACEMENTS, given.text('placement'), config['placement']) ?? 'bottom-right',
    scheme: scheme(given, config),
    avatar: avatar(given, record(config['avatar'])),
    texts: textsFrom(
      given.json('text-contents') ?? {},
      olderTexts(given),
      record(preset['text_contents']),
      record(config['text_contents']),
    ),
    language,
    rightToLeft: RIGHT_TO_LEFT.includes(language.split('-')[0] ?? ''),
    greeting: filled(first ?? '', known),
    variables: known,
    overrides: overrides(given, language),
    userId: given.text('user-id'),
    defaultExpanded: yes('default-expanded', false),
    alwaysExpanded: yes('always-expanded', false),
    showConversationId: yes('show-conversation-id', true),
    showResizeButton: yes('show-resize-button', true),
    allowEvents: given.flag('allow-events') ?? false,
    links: links(given, config),
    styles: styles(record(config['styles'])),
  }
}

function chosenLanguage(given: Attributes, config: Config, browserLanguages: readonly string[]): string {
  const fixed = given.text('override-language')
  if (fixed) return fixed
  const usual = string(config['language']) ?? 'en'
  const others = config['supported_language_overrides']
  const supported = [usual, ...(Array.isArray(others) ? others.filter((one) => typeof one === 'string') : [])]
  if (supported.length === 1) return usual
  const wishes = [given.text('language') ?? '', ...browserLanguages]
  const tried = wishes.flatMap((wish) => [wish, wish.split('-')[0] ?? ''])
  return tried.map((wish) => supported.find((one) => one.toLowerCase() === wish.toLowerCase())).find(Boolean) ?? usual
}

/** Unknown names stay as they are: the server may know them. */
function filled(greeting: string, known: Variables): string {
  return greeting.replace(/\{\{\s*([\p{L}\p{N}_.]+)\s*\}\}/gu, (whole, name: string) =>
    Object.hasOwn(known, name) ? String(known[name]) : whole,
  )
}

function overrides(given: Attributes, language: string): Overrides {
  const found: Record<string, unknown> = {
    prompt: given.text('override-prompt'),
    llm: given.text('override-llm'),
    firstMessage: given.text('override-first-message'),
    language,
    textOnly: given.flag('override-text-only'),
    tts: voice(given),
  }
  const older = given.json('override-config')
  if (older && looksLikeOverrides(older)) olderOverrides(found, older)
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Overrides
}

function voice(given: Attributes): Record<string, unknown> | undefined {
  const tts = {
    voice_id: given.text('override-voice-id'),
    speed: given.number('override-speed'),
    stability: given.number('override-stability'),
    similarity_boost: given.number('override-similarity-boost'),
  }
  const named = Object.entries(tts).filter(([, value]) => value !== undefined)
  return named.length ? Object.fromEntries(named) : undefined
}

function olderOverrides(found: Record<string, unknown>, older: Record<string, unknown>): void {
  const agent = record(older['agent'])
  const prompt = record(agent['prompt'])
  found['prompt'] ??= string(prompt['prompt'])
  found['llm'] ??= string(prompt['llm'])
  found['firstMessage'] ??= string(agent['first_message'] ?? agent['firstMessage'])
  found['language'] = string(agent['language']) ?? found['language']
  found['tts'] ??= older['tts']
}

function olderTexts(given: Attributes): Record<string, unknown> {
  return {
    main_label: given.text('action-text'),
    start_chat: given.text('start-call-text'),
    end_call: given.text('end-call-text'),
    expand: given.text('expand-text'),
    collapse: given.text('collapse-text'),
  }
}

function avatar(given: Attributes, config: Record<string, unknown>): Avatar {
  const image = given.text('avatar-image-url')
  if (image) return {image}
  const orb = pair(given.text('avatar-orb-color-1'), given.text('avatar-orb-color-2'))
  if (orb) return {orb}
  const address = string(config['type'] === 'image' ? config['url'] : config['custom_url'])
  if ((config['type'] === 'image' || config['type'] === 'url') && address) return {image: address}
  return {orb: pair(string(config['color_1']), string(config['color_2'])) ?? null}
}

const pair = (one: string | undefined, two: string | undefined): [string, string] | undefined =>
  one && two ? [one, two] : undefined

/** A page or an agent that sets its own ground has chosen; else the visitor's scheme decides. */
function scheme(given: Attributes, config: Config): Settings['scheme'] {
  const wish = oneOf(['light', 'dark', 'auto'] as const, given.text('color-scheme'))
  return wish ?? (string(record(config['styles'])['base']) ? 'light' : 'auto')
}

function links(given: Attributes, config: Config): LinkRule {
  const listed = config['markdown_link_allowed_hosts']
  const fromConfig = Array.isArray(listed) ? listed.map((one) => string(record(one)['hostname']) ?? string(one) ?? '') : []
  return {
    hosts: given.list('markdown-link-allowed-hosts') ?? fromConfig,
    www: given.flag('markdown-link-include-www') ?? bool(config['markdown_link_include_www']) ?? true,
    http: given.flag('markdown-link-allow-http') ?? bool(config['markdown_link_allow_http']) ?? true,
  }
}

function styles(given: Record<string, unknown>): Record<string, string> {
  const named = Object.entries(given).flatMap(([key, value]) => {
    const text = typeof value === 'number' ? `${value}px` : string(value)
    return text && /^[a-z0-9_]+$/.test(key) ? [[`--el-${key.replaceAll('_', '-')}`, text] as const] : []
  })
  return Object.fromEntries(named)
}

const string = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined)
const bool = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined)
