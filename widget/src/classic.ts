// The classic script. Its own address is known only while it runs for the first time.
import {define} from './define'

define((document.currentScript as HTMLScriptElement | null)?.src)
