import { join } from "node:path";

/** A kernel as Jupyter finds it: the files of a folder `share/jupyter/kernels/<name>`. */
export interface KernelSpec {
  readonly name: string;
  /** Bytes or texts by file name. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

export interface KernelSpecOptions {
  /** Absolute path of a Node >= 24. */
  readonly node: string;
  /** Absolute path of the installed package: the folder of its package.json. */
  readonly packageFolder: string;
  /** What notebooks name it by; "stemma". */
  readonly name?: string;
  /** What people see; "TypeScript (Stemma)". */
  readonly displayName?: string;
}

/**
 * A flow of hundreds of steps in one chain is deeper than TypeScript can follow in the 984 kB that V8 takes by itself. Linux and
 * macOS give the main thread 8 MB, Windows 1 MB.
 */
const stackFlags: readonly string[] = process.platform === "win32" ? [] : ["--stack-size=3900"];

export const defaultKernelName = "stemma";
export const defaultDisplayName = "TypeScript (Stemma)";

/** The kernel's program, below the package's folder; a kernel.json that starts it is one of ours. */
export const kernelProgram: string = join("dist", "kernel", "main.js");

/**
 * The kernelspec of the TypeScript kernel. Paths are absolute: a notebook server has its own PATH and folder.
 *
 * @throws {RangeError} the name is none that Jupyter takes
 * @see https://jupyter-client.readthedocs.io/en/stable/kernels.html
 */
export function kernelSpec(options: KernelSpecOptions): KernelSpec {
  const { node, packageFolder, name = defaultKernelName, displayName = defaultDisplayName } = options;
  checkKernelName(name);
  const record = {
    argv: [
      node,
      // node:sqlite and vm's loader are marked as experimental; the warning would stand under the user's first cell.
      "--disable-warning=ExperimentalWarning",
      ...stackFlags,
      join(packageFolder, kernelProgram),
      "--connection-file",
      "{connection_file}",
    ],
    display_name: displayName,
    language: "typescript",
    // By message a busy loop could not be stopped: the kernel would not read it.
    interrupt_mode: "signal",
    metadata: { debugger: false },
  };
  const files = {
    "kernel.json": `${JSON.stringify(record, null, 2)}\n`,
    "logo-svg.svg": logo,
    "logo-32x32.png": Buffer.from(logo32, "base64"),
    "logo-64x64.png": Buffer.from(logo64, "base64"),
  };
  return { name, files };
}

/** @throws {RangeError} jupyter_client (kernelspec.py, _is_valid_kernel_name) refuses it; capitals it does not find again */
export function checkKernelName(name: string): void {
  if (/^[a-z0-9._-]+$/.test(name) && !/^\.+$/.test(name)) return;
  throw new RangeError(
    `"${name}" is no name for a kernel: take small letters, digits, ".", "_" and "-". What people read is --display-name.`,
  );
}

// A small family tree: one source, two copies, the line that is read.
const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
  <rect width="64" height="64" rx="12" fill="#1f4e79"/>
  <path d="M32 16v12M32 28 18 44M32 28l14 16" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/>
  <circle cx="32" cy="16" r="6" fill="#fff"/>
  <circle cx="18" cy="46" r="6" fill="#fff"/>
  <circle cx="46" cy="46" r="6" fill="#f2a33a"/>
</svg>
`;

// The same as pictures, for front ends that draw no SVG (VS Code, the classic notebook).
const logo32 =
  "iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAYAAABzenr0AAAC6ElEQVR4nNSXe0hTURzHv+fumhVpC+1lpuIjCdO0Igod5T9F4mNUFARB2YOKivrHWA/o4SOk7I/AJEoKNQo0EsNSKhOLSkwtqMCKVMx8LBhkq213u51zYqNyq7uLbfWBu/3O9579fr/d8/idK+IHIrIMGwmBXoa8hICEYQyhPvupz8eyjBu9dUUVTp2wj5kZhyIDNPbzhJAV8AGyLDfa7JrtH+oLegQmBIiOKl8FZ7BY9A9Xcnt2pmGzIKAcfsDhQK5IBKyHn2CxRSIj+ftMUM5U7SQYNq2CLiWOt1s6XqPo0i0Mm0a8cQMWW6TBp8NLjmzNRLYuydVenZ4CUdRg76mr8AoaW4QKli+Yo0hTggA/oyqB++1dijQlqBqCExduQpLsfOwZ15s6+CRUA4nMNshQSXdtIf+OyjkItfyfc4ChDZro1vZJAhMCA1B1PNfVrjyWyzWfJCAIBKV5G5AQHYZPZgu/5sWEcY3d++sJFO9Zg/RF8bDSVbAl/zK/bNRmWv6OHHiLRhuvO6q08661y7BNr2P1HPtKrqHpaRfeD5vwrt+IjNREJMbOgsUmoe1Vj1KXyhPITEtEwU49t4srGnGlodV1r6t3iD4RCanzY5GaFIO3fcNcU4KiIVicEIUz+9dxmwU+V9M8qk9pdTOq77WzwwZKaF/2GyV43AmdJTd9YTxfZtQvHna+weGyWo/O8s7WIDzYgWRLPS6mtMIUa0ZL/2SUPI+G0RLoXQK/llyG6fMXeorxvHGye313CpEQPsjb2nFAVtQQNPQ5H3gy17sE3JVXXXIc/sTSacZRWtqMjx77/7tbsdqS+2AgRJHmxOMybHvZjVA6EUOnBMH81YqGRy9QUF7P7d/RaQxGSKAVIeOtMEsa3O0Lxeln0TDb3Y82icwyDKg5F44JMgYFmaATfoLFFuiuWgY/wWLz8hWRbbhNjZXwIbSe1PbWndTzVSDR2kIVC3wE3cpG7JJjN7N/KuD+eD3/BgAA//9xFm03AAAABklEQVQDAHYKC0Rn5E26AAAAAElFTkSuQmCC";
const logo64 =
  "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAYAAACqaXHeAAAFwElEQVR4nOybD0xVVRzHv+e+p7z5B0EU/yBCaKi4udQsK2WaLZvZE900jJlam9l0c5YLsFKwKeLazFYTtlw6tdpcmk/c0JlDopU2Q9s00GQE8UfNiCco+HjvdH53PXgPeMB9793Dn8dng937+33Pee/3e+fec+793WtEB4S+kDxsqAlLwNgyxjBZmMYCbCh6NPw+OKsQG0UcOH7/ocNScy6z1pOatWcMN28dZeJ8q3CuEwoTejMcDZzx7AYoGXcsu263drdJQJQ5+WVw5SvhCUZfgsPqYFhVbsmwuJoNLttsvDklTQyfbMZY7/7V24MhCJwnhkyea68tLvjBaW5OQJQ5JYmBfSqCZ+ij/B/b88Gxc0qtNwquqDb6F2HeOt/A+VnhNiIg4DbOsKjs5O5zCu0auGNT4ARPsAFwYKO6NWrplvCgJmN1Xx767cEFit0+VhloMy4LtOAJitmuGBKMCmOJCFCYwhKMYPwJD+sh3Vg6bzoWzo7D9EmR6n5hcTnO/HwdJ/IKIRMGPptFvZLSIMZDECQQMTIEGRuWIn764+368wtvIvXzE6i4+y+kwHmjIit4Yt+7r3oMniDfJ++sgDRE7AoksXzBTDw5JapT3ay4aFUrC2kJWDxnmi5aX5G2+ImLGaOL1lekjYCeirQEXC+p0kXrK9IScDT3oi5aX5GWgLMXr+PCrze7pKM/WUg9B+z4IgeNtiaP/vqHj7At2wKZsChzKodkaCm8d/NyN9vmvcekL4WJbpkF2gu0O4In+qdBBDj9CUCA0y0JiHtsTJdsMpCegMjwUBxOf6ONnWzjwkMgG6kJCB5swsG0NQgbNriNj2yH0taqGplITcCBD17HhIiRHv3kI41MpCUgKyVJvdvjyv5vLyD7eL6bjTTZQisLQ8ikuWnQmdTVLyHxxVlutjM/XUOKuAFacPUPTIkejYmR4c0+2jYFDVB9eqP7CFgpAn9rWbybrbC4DBs//qZ5n7bJ5sp60WZlq6Tpga4JmDczFjvfXuJmK626h9XpB2FrsjfbaJts5HOF2lIfeqJbAqbGjEVWchIUpeUj/rHWI+nDA7DWN7TRk418pGn+cqIt9UF96YUuCaACyOH0tepx7KSh0YZV27/ssOhBPtKQ1gn1QX1Rn3rg9wTQPH70ozcxPLhlrnc4HFifeRTXSio7bU8a0lIbJ9QX9anHGsGvCRhgNODQ9jWIHhPmZn9//0nkXb7R5X5IS21coT6pb/oMf+LXBHy2JVEUPMe72bLEPP/12V+gFWrTeo1AfdNn+BOfCiOuVd6hg0wYZBro5qe5fvehXHhLhmhLv/zCZ6aq+7aSXMQ/ysfFFYWoe9CA3+4F4/uKEcgpGwVv8eqeYGdVXuLarQokvJflNt15Aw35E9sTEHP3COxVl9rV/Fgdih2XY1H5QPs5wqtDoLMqL9EoAvc1eIL6qM3b5jF44rnRNch46nd4g+YEdLXKO0Mcr/6o8iZEV2Pa8M6fF5gx0qpqtaI5AbKrvAvH3dFF60TzSVB2lXdyaJ0uWif99wShEdlV3qKaIbponWhOgOwq77GSrl8IadE60ZwA2VXe85UjUFAV2rmuIkzVasWrc4DsKu+eqxPRaPf8LGO9zYBdhRPhDT5Vh2U/8Lh4/G0siPgb08Ks6r5/lsISH5TsefBacQgw7cunvkO1wsGvIEDhHEU0AvIQoIgE5CriXO79BXsvx2YUCag8lUEvGJ5BgME5P1n93e5SdR3QBPsmenQcgYKI1cENG2hTTUClZU+xuAe7HgGC+PXX/ZWzk16vbXlvkN6jGzZpDmNg89CHEbNeetmpzH3O/Tbry0hzqlnMjYf74quzYI7X/rRknnY1t7nJbi0uKB4y4dkjTFFixXDQtzAnCTHd5dib7IvKT++53NrX4dtSkebkeHFIzGccTwtlDAeLEA20X3RLRMxodeI7Voqob3GGS2LIny+3ZOZ70v8HAAD///dJQe8AAAAGSURBVAMADkIf3omStL4AAAAASUVORK5CYII=";
