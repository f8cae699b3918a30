/// `base_model.model.<module path>.lora_A[.<adapter name>].weight`, taken apart.
struct PEFTTensorName {
    enum Part: Hashable {
        case a
        case b
        /// Not an update but the module's own weight, as it is after training.
        case whole
    }

    let name: String
    /// The module's path in the model that was trained.
    let path: String
    let part: Part
    /// Empty in files that PEFT saved, which drops it.
    let adapterName: String

    /// What wrappers for compiling and for training on several devices put between the parts of a path. No module of a
    /// language model is called so.
    private static let wrappers = ["_orig_mod", "module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"]
        .map { Array($0.utf8) }

    private static let features = [
        ("lora_magnitude_vector", "the magnitudes of DoRA"), ("lora_embedding_", "an adapted embedding"),
        ("trainable_tokens", "trained token embeddings"), ("lora_A.bias", "a bias"), ("lora_B.bias", "a bias"),
        ("lora_bias", "a bias"), ("base_layer", "a weight of the base itself"),
        ("lora_diag", "the singular values of KaSA"),
    ]

    /// Whether a tensor was needed for training only: VeLoRA's projection of gradients.
    static func isIdle(_ name: String) -> Bool { name.utf8.holds("lora_velora_embed") }

    /// Throws for every tensor that is not one half of a linear layer's LoRA or a whole module, and says what it is.
    init(_ name: String) throws(AdapterRefusal) {
        for (part, meaning) in Self.features where name.utf8.holds(part) {
            throw AdapterRefusal("the tensor \(name) is \(meaning), which is not supported")
        }
        var parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if parts.contains(where: Self.isWrapper) { parts.removeAll(where: Self.isWrapper) }
        var isPrefixed = false
        while parts.count > 2, parts[0].elementsEqual("base_model".utf8), parts[1].elementsEqual("model".utf8) {
            guard !isPrefixed else { throw Self.doubled(name) }
            isPrefixed = true
            parts.removeFirst(2)
        }
        guard parts.last?.elementsEqual("weight".utf8) == true, !parts.contains(where: \.isEmpty) else {
            throw Self.stranger(name)
        }
        self.name = name
        let half = parts.lastIndex { $0.elementsEqual("lora_A".utf8) || $0.elementsEqual("lora_B".utf8) }
        let whole = parts.lastIndex { $0.elementsEqual("modules_to_save".utf8) } ?? parts.count - 1
        guard let end = half ?? (isPrefixed ? whole : nil), end > 0, parts.count - end <= 3 else {
            throw Self.stranger(name)
        }
        part = half == nil ? .whole : parts[end].last == UInt8(ascii: "A") ? .a : .b
        path = parts[..<end].map { String($0) ?? "" }.joined(separator: ".")
        adapterName = half != nil && parts.count - end == 3 ? String(parts[end + 1]) ?? "" : ""
    }

    private static func isWrapper(_ part: Substring.UTF8View) -> Bool { wrappers.contains { part.elementsEqual($0) } }

    private static func doubled(_ name: String) -> AdapterRefusal {
        AdapterRefusal(
            """
            \(name) has the prefix base_model.model. twice: the adapter was trained on a model that already held another \
            adapter, whose part is missing here. Merge that one first (merge_and_unload) and train again
            """)
    }

    private static func stranger(_ name: String) -> AdapterRefusal {
        AdapterRefusal("the tensor \(name) is not a part of a LoRA (base_model.model.….lora_A.weight)")
    }
}

extension String.UTF8View {
    /// Whether `part`, which is not empty, stands somewhere in the text, byte for byte. The library's search works on
    /// characters and costs a table for each call.
    fileprivate func holds(_ part: String) -> Bool {
        let part = part.utf8
        guard let first = part.first else { return true }
        var rest = self[...]
        while let start = rest.firstIndex(of: first) {
            if rest[start...].starts(with: part) { return true }
            rest = rest[index(after: start)...]
        }
        return false
    }
}
