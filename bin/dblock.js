#!/usr/bin/env node
// CommonJS, as the bundle is: an ES module costs some 5 ms more to start.
const { main } = require('../dist/bundle/cli.js');

main(process.argv.slice(2)).then((exitCode) => {
  // Set, not exit(): whatever is still being written to a pipe is written to the end.
  process.exitCode = exitCode;
});
