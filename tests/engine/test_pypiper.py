"""What the engine takes from pyPiper beside its public names is still there, and means the same."""

from importlib.metadata import version

import pytest
from pyPiper import Node, Pipeline

from facepipe.engine import pypiper
from facepipe.errors import GraphError


class Numbers(Node):
    """A root that emits 0, 1, 2 and refuses pyPiper's processes."""

    def setup(self):
        self.next = 0

    def run(self, data):
        pypiper.refuse_processes()
        self.emit(self.next)
        self.next += 1
        if self.next == 3:
            self.close()


class Pair(Node):
    """Emits a number and its square as two streams."""

    def run(self, data):
        self.emit((data, data * data))


class Keep(Node):
    def setup(self, into):
        self.into = into

    def run(self, data):
        self.into.append(data)
        self.emit(data)


def test_the_version_that_is_known_to_work_is_the_one_that_is_tested():
    assert version("pyPiper") == pypiper.KNOWN_VERSION


def test_a_graph_is_taken_apart():
    root, pair, b, a = Numbers("root"), Pair("pair"), Keep("b", into=[]), Keep("a", into=[])
    graph = pypiper.graph_of(root | pair | [b, a])
    assert pypiper.root_of(graph) is root
    assert pypiper.successors(graph) == {root: [pair], pair: [a, b], a: [], b: []}
    assert pypiper.root_of(pypiper.graph_of(Numbers("alone"))).name == "alone"


def test_a_root_runs_until_it_closes():
    root, seen = Numbers("root"), []
    while pypiper.is_running(root):
        pypiper.run_node(root, None)
        seen += [parcel.data for parcel in pypiper.take_parcels(root)]
    assert seen == [0, 1, 2]
    assert pypiper.take_parcels(root) == []


def test_streams_are_chosen_by_name():
    pair, squares = Pair("pair", out_streams=["n", "square"]), Keep("keep", into=[], in_streams=["square"])
    pypiper.graph_of(pair | squares)
    pypiper.run_node(pair, 3)
    assert list(pypiper.select_streams(pair, squares, pypiper.take_parcels(pair))) == [9]


def test_a_copy_shares_what_setup_stored_and_no_buffer():
    into: list = []
    node = Keep("keep", into=into)
    pypiper.run_node(node, 1)
    twin = pypiper.fresh_copy(node)
    assert twin.into is into
    assert pypiper.take_parcels(twin) == []
    assert [parcel.data for parcel in pypiper.take_parcels(node)] == [1]


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_one_thread_of_pypiper_is_allowed_and_processes_are_refused():
    into: list = []
    Pipeline(Numbers("root") | Keep("keep", into=into), n_threads=1, quiet=True).run()
    assert into == [0, 1, 2]
    with pytest.raises(GraphError, match="n_threads=1"):
        Pipeline(Numbers("root") | Keep("keep", into=into), n_threads=2, quiet=True).run()
