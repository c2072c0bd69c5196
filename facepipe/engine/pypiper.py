"""All that the engine takes from pyPiper beside its public `Node` and `NodeGraph`: seven private names, in one place.

Known to work with pyPiper 0.5.3, whose own way to run a graph in parallel is processes (`Pipeline(n_threads=2)`): there
a node that raises loses its data in silence and a dead worker hangs the run. Our graphs refuse it.
"""

import copy
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from pyPiper import Node, NodeGraph
from pyPiper.executors import ParallelExecutor, ParallelExecutor2, _filter_data_stream

from facepipe.errors import GraphError

KNOWN_VERSION = "0.5.3"


def graph_of(nodes: NodeGraph | Node) -> NodeGraph:
    """A graph, also of a single node."""
    return nodes if isinstance(nodes, NodeGraph) else NodeGraph(nodes)


def root_of(graph: NodeGraph) -> Node:
    return graph._root


def successors(graph: NodeGraph) -> dict[Node, list[Node]]:
    """What follows each node, by name: pyPiper keeps a set, whose order differs between two runs of Python."""
    return {node: sorted(nodes, key=lambda after: after.name) for node, nodes in graph._graph.items()}


def is_running(node: Node) -> bool:
    """Whether a root has more to emit."""
    return node._state == Node.STATE_RUNNING


def run_node(node: Node, data: Any) -> None:
    node._run(data)


def take_parcels(node: Node) -> list[Any]:
    """What the node has emitted since the last time."""
    parcels, node._output_buffer = node._output_buffer, []
    return parcels


def select_streams(node: Node, successor: Node, parcels: Sequence[Any]) -> Iterable[Any]:
    """What `successor` is due of what `node` emitted, by the names of their streams."""
    return _filter_data_stream(node, successor, parcels)


def fresh_copy(node: Node) -> Node:
    """A shallow copy with buffers of its own."""
    twin = copy.copy(node)
    twin._output_buffer, twin.input_buffer = [], []
    return twin


def refuse_processes() -> None:
    """GraphError where pyPiper itself runs the graph in several processes; these are ended. Called by root nodes."""
    frame = sys._getframe(1)
    while frame is not None:
        executor = frame.f_locals.get("self")
        if isinstance(executor, ParallelExecutor | ParallelExecutor2):
            for child in frame.f_locals.get("children", ()):
                child["process"].terminate()
            if isinstance(executor, ParallelExecutor):
                executor.pool.terminate()
            raise GraphError(
                "decoded frames stay in one process: use Pipeline(graph, n_threads=1) or facepipe's engine"
            )
        frame = frame.f_back
