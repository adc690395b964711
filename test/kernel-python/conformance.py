"""Jupyter's own test suite for kernels (jupyter_kernel_test) on the TypeScript kernel of this environment."""
import unittest

import jupyter_kernel_test as jkt


class TypeScriptKernel(jkt.KernelTests):
    kernel_name = "stemma"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oops")'
    completion_samples = [
        {"text": "Math.hyp", "matches": {"hypot"}},
        {"text": "JSON.", "matches": {"parse", "stringify"}},
        {"text": "(0).toF", "matches": {"toFixed"}},
    ]
    complete_code_samples = ["1", 'console.log("hello, world")', "function f(x: number) {\n  return x * 2;\n}", "await Promise.resolve(1)"]
    incomplete_code_samples = ["function f(x: number) {", "const s = `abc", "foo(1,", "/* open comment"]
    invalid_code_samples = ["const 1x = 3", "foo bar baz", "}"]
    code_page_something = 'page("some text")'
    code_generate_error = 'throw new Error("boom")'
    code_execute_result = [
        {"code": "6*7", "result": "42"},
        {"code": '"str" + 1', "result": "'str1'"},
        {"code": '({ toHTML: () => "<b>x</b>" })', "mime": "text/html", "result": "<b>x</b>"},
    ]
    code_display_data = [
        {"code": 'import { display } from "tslab"; display.html("<b>1</b>")', "mime": "text/html"},
        {"code": "display.png(new Uint8Array([1, 2, 3]))", "mime": "image/png"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6?7"
    code_inspect_sample = "Math.hypot"
    code_clear_output = "clearOutput()"


class Welcome(jkt.IopubWelcomeTests):
    kernel_name = "stemma"
    support_iopub_welcome = True

    def test_recv_iopub_welcome_msg(self):
        # The suite waits for ever where no message comes.
        receive = self.kc.get_iopub_msg
        self.kc.get_iopub_msg = lambda *arguments, **named: receive(timeout=30)
        super().test_recv_iopub_welcome_msg()


if __name__ == "__main__":
    unittest.main(verbosity=2)
