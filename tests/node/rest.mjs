// The vendor's JavaScript server SDK, which throws on every answer that lacks a key it demands.
// Reads PARLEY_URL and PARLEY_KEY; prints what it understood, as one line of JSON.
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js'

const client = new ElevenLabsClient({ apiKey: process.env.PARLEY_KEY, baseUrl: process.env.PARLEY_URL })
const { agents, conversations } = client.conversationalAi

// Create agent with text-only configuration
const agent = await client.conversationalAi.agents.create({
  name: 'My Chat Agent',
  conversationConfig: {
    conversation: {
      textOnly: true,
    },
  },
})

// Configure agent with burst pricing enabled
const updatedConfig = {
  platformSettings: {
    callLimits: {
      agentConcurrencyLimit: -1, // Use workspace limit
      dailyLimit: 1000,
      burstingEnabled: true,
    },
  },
}
const updated = await client.conversationalAi.agents.update(agent.agentId, updatedConfig)

// Everything that strict parsing has an opinion on
await agents.update(agent.agentId, {
  conversationConfig: {
    agent: {
      prompt: {
        builtInTools: {
          endCall: { type: 'system', name: 'end_call', params: { systemToolType: 'end_call' } },
        },
        knowledgeBase: [{ type: 'text', name: 'FAQ', id: 'doc_1' }],
      },
    },
    languagePresets: { de: { overrides: { agent: { firstMessage: 'Hallo!' } } } },
  },
  platformSettings: {
    auth: { allowlist: [{ hostname: 'localhost:3000' }] },
    evaluation: { criteria: [{ id: 'kind', name: 'Kind', conversationGoalPrompt: 'Was it kind?' }] },
    dataCollection: { mood: { type: 'string', description: 'The mood' } },
  },
  workflow: {
    nodes: { a: { type: 'start', position: { x: 1, y: 2 }, edgeOrder: [] } },
    edges: {},
    preventSubagentLoops: false,
  },
})

const refusals = {}
for (const [name, attempt] of Object.entries({
  missing: () => agents.get('agent_nobody'),
  wrong: () => agents.update(agent.agentId, { conversationConfig: { tts: { speed: 40 } } }),
})) {
  await attempt().catch((error) => {
    refusals[name] = [error.constructor.name, error.statusCode]
  })
}

const read = await agents.get(agent.agentId)
const told = process.env.CONVERSATION_ID && (await conversations.get(process.env.CONVERSATION_ID))
console.log(
  JSON.stringify({
    agentId: agent.agentId,
    updated,
    read,
    listed: await agents.list({ search: 'My Chat' }),
    widget: await agents.widget.get(agent.agentId),
    signed: await conversations.getSignedUrl({ agentId: agent.agentId }),
    talks: await conversations.list({ summaryMode: 'include' }),
    told: told || null,
    refusals,
  }),
)
await agents.delete(agent.agentId)
