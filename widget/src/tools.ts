// Functions of the page that the agent may call.
import type {ToolCall} from './wire'

export type ClientTools = Record<string, (parameters: Record<string, unknown>) => unknown>
export type ToolAnswer = {result: string; isError: boolean}

const DONE = 'Client tool execution successful.'
const REMEMBERED = 50 // answers; a server asks again only for the last ones

/**
 * The calls of one conversation. A server that cannot know whether the page has run a call, as after
 * a cut line, tells it again with the same id: it is answered again and never run again.
 */
export class Calls {
  private readonly done = new Map<string, ToolAnswer>() // the oldest first
  private readonly running = new Set<string>()

  constructor(
    private readonly tools: ClientTools,
    private readonly answered: (id: string, answer: ToolAnswer) => void,
  ) {}

  /** Answers each time it is told; a call that still runs, once when it is done. */
  async told(call: ToolCall): Promise<void> {
    const {id} = call
    if (this.running.has(id)) return
    this.running.add(id)
    const answer = this.done.get(id) ?? (await runTool(this.tools, call))
    this.running.delete(id)
    this.remember(id, answer)
    this.answered(id, answer)
  }

  private remember(id: string, answer: ToolAnswer): void {
    this.done.set(id, answer)
    const [oldest = ''] = this.done.keys()
    if (this.done.size > REMEMBERED) this.done.delete(oldest)
  }
}

/** Always an answer, so that the agent never waits for a tool that is missing or broken. */
async function runTool(tools: ClientTools, call: ToolCall): Promise<ToolAnswer> {
  const tool = Object.hasOwn(tools, call.name) ? tools[call.name] : undefined
  if (typeof tool !== 'function') {
    return {result: `This page has no tool named ${call.name}.`, isError: true}
  }
  try {
    return {result: spoken(await tool(call.parameters)), isError: false}
  } catch (trouble) {
    return {result: trouble instanceof Error ? trouble.message : String(trouble), isError: true}
  }
}

function spoken(value: unknown): string {
  if (value === undefined || value === null || value === '') return DONE
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
