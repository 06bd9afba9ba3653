/** Notes the largest block of memory that the code under test asks for: a number in a file must not decide that. */
export const allocations = { largest: 0, largestEver: 0 };

function note(bytes: number): void {
  allocations.largest = Math.max(allocations.largest, bytes);
  allocations.largestEver = Math.max(allocations.largestEver, bytes);
}

function metered<T extends abstract new (...given: never[]) => object>(original: T, bytesEach: number): T {
  return new Proxy(original, {
    construct(target, given, newTarget) {
      const [size] = given as unknown[];
      if (typeof size === 'number') note(size * bytesEach);
      return Reflect.construct(target, given, newTarget);
    },
  });
}

globalThis.Uint32Array = metered(Uint32Array, 4);
globalThis.Int32Array = metered(Int32Array, 4);
globalThis.ArrayBuffer = metered(ArrayBuffer, 1);

for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
  const original = Buffer[name];
  Buffer[name] = (size: number) => {
    note(size);
    return original(size);
  };
}
