// Functions of the page that the agent may call.
import type {ToolCall} from './wire'

export type ClientTools = Record<string, (parameters: Record<string, unknown>) => unknown>
export type ToolAnswer = {result: string; isError: boolean}

const DONE = 'Client tool execution successful.'

/** Always an answer, so that the agent never waits for a tool that is missing or broken. */
export async function runTool(tools: ClientTools, call: ToolCall): Promise<ToolAnswer> {
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
