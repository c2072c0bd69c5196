"""What the engine needs to know of a pyPiper graph, and how data flows from node to node.

A node with batch size 1 handles an item at a time; a node with `Node.BATCH_SIZE_ALL` handles the whole set once,
when everything before it is done. Other batch sizes are refused.
"""

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any

from pyPiper import Node, NodeGraph

from facepipe.engine import pypiper
from facepipe.errors import GraphError

Collect = Callable[[Node, Any], None]


class Flow:
    """The nodes of a graph and what follows each; moves data along them."""

    def __init__(self, graph: NodeGraph | Node) -> None:
        graph = pypiper.graph_of(graph)
        self.root: Node = pypiper.root_of(graph)
        self.seconds: dict[str, float] = {}  # spent inside each node, by name
        self.after = pypiper.successors(graph)
        for node in self.after:
            if node.batch_size not in (1, Node.BATCH_SIZE_ALL):
                raise GraphError(f"node '{node.name}' has batch size {node.batch_size}: use 1 or BATCH_SIZE_ALL")

    def item_nodes(self) -> list[Node]:
        """The nodes that handle an item at a time, down to the first whole-set node of each branch."""
        nodes, waiting = [], list(self.after[self.root])
        while waiting:
            node = waiting.pop(0)
            if node.batch_size == 1:
                nodes.append(node)
                waiting.extend(self.after[node])
        return nodes

    def worker_copy(self) -> "Flow":
        """The same flow over copies of the item nodes, so that two workers share no node state.

        The copies are shallow: what `setup` stored is shared, what `open_worker` makes is a worker's own.
        """
        copies = {node: pypiper.fresh_copy(node) for node in self.item_nodes()}
        twin = copy.copy(self)
        twin.seconds = {}
        twin.after = {copies.get(node, node): [copies.get(n, n) for n in nodes] for node, nodes in self.after.items()}
        return twin

    def run_node(self, node: Node, data: Any) -> list[Any]:
        """Run `node` on `data` and return the parcels it emitted. An error carries the node's name as `failed_node`."""
        started = time.perf_counter()
        try:
            pypiper.run_node(node, data)
        except Exception as error:
            error.failed_node = node.name
            raise
        finally:
            parcels = pypiper.take_parcels(node)
            self.seconds[node.name] = self.seconds.get(node.name, 0.0) + time.perf_counter() - started
        return parcels

    def send(self, node: Node, parcels: Sequence[Any], collect: Collect) -> None:
        """Pass what `node` emitted down the item nodes; `collect(node, data)` gets what a whole-set node is due."""
        for successor in self.after[node] if parcels else ():
            for data in pypiper.select_streams(node, successor, parcels):
                if successor.batch_size == 1:
                    self.send(successor, self.run_node(successor, data), collect)
                else:
                    collect(successor, data)
