// The ES module.
import {define} from './define'

define(import.meta.url)
