// The element's attributes, read with the rules of contract widget.md §2: nonsense means "not set".
import {record} from './wire'

export const OBSERVED = [
  'agent-id', 'signed-url', 'server-url', 'environment', 'variant', 'placement', 'color-scheme',
  'avatar-image-url', 'avatar-orb-color-1', 'avatar-orb-color-2', 'default-expanded', 'always-expanded',
  'text-contents', 'language', 'override-language', 'override-first-message', 'override-prompt',
  'override-llm', 'override-text-only', 'override-config', 'override-voice-id', 'override-speed',
  'override-stability', 'override-similarity-boost', 'dynamic-variables', 'user-id', 'allow-events',
  'show-conversation-id', 'show-resize-button', 'markdown-link-allowed-hosts',
  'markdown-link-include-www', 'markdown-link-allow-http', 'action-text', 'start-call-text',
  'end-call-text', 'expand-text', 'collapse-text',
] as const
export type Name = (typeof OBSERVED)[number]

export const VARIANTS = ['tiny', 'compact', 'full'] as const
export const PLACEMENTS = ['top-left', 'top', 'top-right', 'bottom-left', 'bottom', 'bottom-right'] as const
export type Variant = (typeof VARIANTS)[number]
export type Placement = (typeof PLACEMENTS)[number]
export type Variables = Record<string, string | number | boolean>

export type Attributes = {
  text(name: Name): string | undefined
  flag(name: Name): boolean | undefined
  number(name: Name): number | undefined
  json(name: Name): Record<string, unknown> | undefined
  list(name: Name): string[] | undefined
}

export function attributes(get: (name: string) => string | null): Attributes {
  const text = (name: Name): string | undefined => get(name)?.trim() || undefined
  return {
    text,
    flag: (name) => flag(get(name)),
    number: (name) => {
      const value = text(name)
      return value === undefined || Number.isNaN(Number(value)) ? undefined : Number(value)
    },
    json: (name) => {
      const value = text(name)
      return value === undefined ? undefined : parsed(name, value)
    },
    list: (name) => get(name)?.split(',').map((one) => one.trim()).filter(Boolean),
  }
}

/** `<x always-expanded>` has the empty value, and means yes as everywhere in HTML. */
function flag(value: string | null): boolean | undefined {
  if (value === 'true' || value === '') return true
  return value === 'false' ? false : undefined
}

function parsed(name: string, value: string): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(value)
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return record(found)
  } catch {
    // told below, like every other value that is no object
  }
  console.warn(`[parley] the attribute ${name} is not a JSON object and is ignored`)
  return undefined
}

export function oneOf<T extends string>(allowed: readonly T[], ...wanted: unknown[]): T | undefined {
  const first = wanted.find((value) => value !== undefined && value !== null)
  return allowed.find((value) => value === first)
}

export function variables(given: Record<string, unknown> | undefined): Variables {
  const kept = Object.entries(given ?? {}).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  )
  return Object.fromEntries(kept) as Variables
}
