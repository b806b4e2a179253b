// The agent's public settings for widgets. Any field may be missing or of a type nobody expected.
import {record} from './wire'

export type Config = Readonly<Record<string, unknown>>

/** Throws with a sentence for the console when the agent cannot be shown. */
export async function fetchConfig(
  server: string,
  agentId: string,
  signature: string,
  fetcher: typeof fetch = fetch,
): Promise<Config> {
  const url = new URL(`${server}/v1/convai/agents/${encodeURIComponent(agentId)}/widget`)
  if (signature) url.searchParams.set('conversation_signature', signature)
  const answer = await fetcher(url.href, {credentials: 'omit'})
  if (!answer.ok) throw new Error(`${url.origin} answered ${answer.status} for agent ${agentId}`)
  const config = record(await answer.json())['widget_config']
  if (typeof config !== 'object' || config === null) throw new Error('the answer has no widget_config')
  return record(config)
}
