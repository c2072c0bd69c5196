"""The part of an ImageNet ResNet-18 that describes clothing."""

from facepipe.errors import ModelError, first_line

_AFTER_CONV3X = (256, 128, 3, 3)  # the weights of the first convolution of conv4_x; no other one has this shape


def cut_resnet18(data: bytes) -> bytes:
    """ResNet-18 (ONNX, as torchvision exports it) up to conv3_x, then global average pooling.

    The result takes float32 (n, 3, h, w), normalised as for ImageNet, and gives float32 (n, 128), not normalised.
    ModelError when `data` is another network.
    """
    import onnx  # needed once in the model's life
    from onnx import TensorProto, helper

    try:
        model = onnx.load_model_from_string(data)
        graph = model.graph
        shapes = {weight.name: tuple(weight.dims) for weight in graph.initializer}
        ends = {n.input[0] for n in graph.node if n.op_type == "Conv" and shapes.get(n.input[1]) == _AFTER_CONV3X}
        sources = [value.name for value in graph.input if value.name not in shapes]
        if len(ends) != 1 or len(sources) != 1:
            raise ModelError("not a ResNet-18: it has no single place where conv3_x ends")
        nodes, needed = [], set(ends)
        for node in reversed(graph.node):
            if needed & set(node.output):
                nodes.insert(0, node)
                needed |= set(node.input)
        if sources[0] not in needed:
            raise ModelError("not a ResNet-18: conv3_x does not depend on the picture")
        nodes.append(helper.make_node("GlobalAveragePool", [ends.pop()], ["pooled"]))
        nodes.append(helper.make_node("Flatten", ["pooled"], ["vectors"], axis=1))
        picture = helper.make_tensor_value_info(sources[0], TensorProto.FLOAT, ["n", 3, "h", "w"])
        vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", 128])
        weights = [weight for weight in graph.initializer if weight.name in needed]
        part = helper.make_graph(nodes, "resnet18_conv3x", [picture], [vectors], weights)
        result = helper.make_model(part, opset_imports=model.opset_import, producer_name="facepipe")
        result.ir_version = model.ir_version
        onnx.checker.check_model(result, full_check=True)
        return result.SerializeToString(deterministic=True)
    except ModelError:
        raise
    except Exception as error:  # protobuf and onnx.checker have no common base class
        raise ModelError(f"not a ResNet-18 in ONNX: {first_line(error)}") from error
