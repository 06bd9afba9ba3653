#!/usr/bin/env node
import { main } from '../dist/cli.js';

// Set, not exit(): whatever is still being written to a pipe is written to the end.
process.exitCode = await main(process.argv.slice(2));
