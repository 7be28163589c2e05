"""The twin of a user's function: the same code, compiled so that jets can flow through it.

The user's own dispatcher stays as it is.  Its twin has the same options (``fastmath``,
``error_model``, ``boundscheck``), but no fixed signatures, no ``parallel`` (a parallel
loop runs in order) and no Python entry; every function it calls is replaced by its twin.
"""

from __future__ import annotations

from .._compat import CPUDispatcher
from ..jets.staging import Emitter
from ..jets.standins import caller
from ..primitives import registry
from .allocations import ArgumentsNeeded, UnsupportedArgument, pending
from .functions import kept_options, lock, memory, options_of, python_function, without_annotation
from .kept import Loop
from .passes import LoopCompiler, TwinCompiler
from .recursion import note_compiled


class Twin(CPUDispatcher):
    """A dispatcher for calls from compiled code with jets among the arguments."""

    def __init__(self, py_func, locals=None, targetoptions=None, pipeline_class=TwinCompiler):
        options = dict(targetoptions or {})
        options.update(nopython=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
        super().__init__(py_func, locals or {}, options, pipeline_class)

    #: For a derivative, whose text depends on the types of its arguments: gives the
    #: functions that serve, in order of preference.
    functions_for = None

    def compile(self, sig):
        if self.functions_for is None:
            return super().compile(sig)
        make = type(self._compiler)
        *preferred, last = self.functions_for(sig if isinstance(sig, tuple) else sig.args)
        for function in preferred:
            try:
                return self._compile_one(make, function, sig)
            except Exception:  # may have many causes; the last says what is wrong
                continue
        return self._compile_one(make, last, sig)

    def _compile_one(self, make, function, sig):
        self._compiler = make(function, self.targetdescr, self.targetoptions, {}, TwinCompiler)
        return super().compile(sig)

    def add_overload(self, cres):
        cres.library._ensure_finalized()
        key = [].append  # there is no machine code to call, and Numba wants a built-in function
        self.targetctx.insert_user_function(key, cres.fndesc, [cres.library])
        super().add_overload(without_annotation(cres)._replace(entry_point=key))
        note_compiled(self, tuple(cres.signature.args))

    def get_call_template(self, args, kws):
        try:
            return super().get_call_template(args, kws)
        except UnsupportedArgument as error:  # the caller's pass finds the call and its arrays
            pending.arguments = ArgumentsNeeded(error.positions, error, self)
            raise


def twin(f, options=None) -> Twin:
    """The twin of an ``njit`` or plain Python function; the same one every time.

    ``options`` are those of a plain function that was generated.
    """
    if isinstance(f, Twin):
        return f
    with lock:
        made = memory(f)
        if twin not in made:
            declared = registry.lookup(f)  # a primitive: its rule holds, not its code
            body = caller(f, declared.arity) if declared else python_function(f)
            compiler = LoopCompiler if isinstance(f, Loop) else TwinCompiler
            kept = kept_options(options or {}) or options_of(f)
            made[twin] = Twin(body, targetoptions=kept, pipeline_class=compiler)
            made[twin].functions_for = getattr(f, "functions_for", None)
        return made[twin]


Emitter.compiled = staticmethod(twin)
