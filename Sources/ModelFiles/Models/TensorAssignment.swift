/// Gives every tensor of a file its role, and checks that the model is complete and nothing is left over.
struct TensorAssignment {
    let config: ModelConfig
    let path: String
    /// The name of a role in the file's format.
    let name: (TensorRole) -> String

    /// Biases and q/k norms are there or not, as the architecture has it; `optionalBiases` allows the linear layers to
    /// have biases beyond that. `isIgnored` names tensors that no role needs and that change nothing.
    func assign(
        _ tensors: [String: TensorView], tiesHead: Bool, optionalBiases: Bool, isIgnored: (String) -> Bool
    ) throws(ModelFileError) -> [TensorRole: TensorView] {
        var roles: [TensorRole: TensorView] = [:]
        var used: Set<String> = []
        func take(_ role: TensorRole, isRequired: Bool = true) throws(ModelFileError) {
            let name = name(role)
            let expected = shape(role)
            guard let view = tensors[name] else {
                guard isRequired else { return }
                throw ModelFileError(path: path, "the tensor \"\(name)\" of shape \(expected) is missing")
            }
            guard view.shape == expected else {
                throw ModelFileError(
                    path: path,
                    "the tensor \"\(view.name)\" has the shape \(view.shape), but the configuration demands \(expected)"
                )
            }
            guard expected.count > 1 || view.isPlain else {
                throw ModelFileError(
                    path: path,
                    "the tensor \"\(view.name)\" is stored as \(view.type.name); a vector must be F32, F16 or BF16")
            }
            roles[role] = view
            used.insert(name)
        }
        try take(.embedding)
        try take(.outputNorm)
        let headName = name(.outputHead)
        if tiesHead || tensors[headName] == nil {
            roles[.outputHead] = roles[.embedding]
            used.insert(headName)
        } else {
            try take(.outputHead)
        }
        for layer in 0..<config.layerCount {
            try take(.attentionNorm(layer: layer))
            try take(.feedForwardNorm(layer: layer))
            for module in LinearModule.allCases {
                try take(.weight(module, layer: layer))
                let hasBias = config.architecture == .qwen2 && module <= .value
                if hasBias || optionalBiases { try take(.bias(module, layer: layer), isRequired: hasBias) }
            }
            if config.architecture == .qwen3 {
                try take(.queryNorm(layer: layer))
                try take(.keyNorm(layer: layer))
            }
        }
        // A tensor that nobody reads would make the answers quietly wrong.
        if let unused = tensors.keys.filter({ !used.contains($0) && !isIgnored($0) }).min() {
            throw ModelFileError(
                path: path,
                "the tensor \"\(tensors[unused]?.name ?? unused)\" has no place in a \(config.architecture.rawValue) model of \(config.layerCount) layers"
            )
        }
        return roles
    }

    /// Outermost first.
    private func shape(_ role: TensorRole) -> [Int] {
        switch role {
        case .embedding, .outputHead: [config.vocabularySize, config.hiddenSize]
        case .outputNorm, .attentionNorm, .feedForwardNorm: [config.hiddenSize]
        case .queryNorm, .keyNorm: [config.headSize]
        case .weight(let module, _): [module.outputSize(config), module.inputSize(config)]
        case .bias(let module, _): [module.outputSize(config)]
        }
    }
}

extension ModelConfig {
    /// Refuses sizes that no model has, so that products of them neither overflow nor divide by zero.
    func validate(path: String) throws(ModelFileError) {
        let sizes = [
            ("layers", layerCount, 4096), ("hidden size", hiddenSize, 1 << 20), ("attention heads", headCount, 4096),
            ("key-value heads", kvHeadCount, 4096), ("head size", headSize, 4096),
            ("feed-forward size", feedForwardSize, 1 << 22), ("vocabulary size", vocabularySize, 1 << 24),
            ("context length", contextLength, 1 << 30), ("sliding window", slidingWindow ?? 1, 1 << 30),
        ]
        for (name, value, limit) in sizes where value < 1 || value > limit {
            throw ModelFileError(path: path, "the \(name) of \(value) is not between 1 and \(limit)")
        }
        guard headCount % kvHeadCount == 0 else {
            throw ModelFileError(
                path: path, "\(headCount) attention heads cannot share \(kvHeadCount) key-value heads evenly")
        }
        guard headSize % 2 == 0 else {
            throw ModelFileError(path: path, "the head size of \(headSize) is odd; rotary positions need pairs")
        }
        guard normEpsilon > 0, normEpsilon < 1 else {
            throw ModelFileError(path: path, "the norm epsilon of \(normEpsilon) is not between 0 and 1")
        }
        guard rotary.theta > 0, rotary.theta.isFinite else {
            throw ModelFileError(path: path, "the rotary base frequency of \(rotary.theta) is not a positive number")
        }
        switch rotary.scaling {
        case .none: break
        case .linear(let factor):
            guard factor > 0, factor.isFinite else {
                throw ModelFileError(path: path, "the rotary scaling factor of \(factor) is not a positive number")
            }
        case .llama3(let factor, let low, let high, let context):
            guard factor > 0, factor.isFinite, low > 0, high > low, high.isFinite, context > 0 else {
                throw ModelFileError(
                    path: path,
                    "llama3 rotary scaling with factor \(factor), frequency factors \(low) and \(high) and context \(context) makes no sense"
                )
            }
        case .divisors(let divisors):
            guard divisors.count == headSize / 2, divisors.allSatisfy({ $0 > 0 && $0.isFinite }) else {
                throw ModelFileError(
                    path: path, "rope_freqs.weight must hold \(headSize / 2) positive numbers; it has \(divisors.count)"
                )
            }
        }
    }
}
