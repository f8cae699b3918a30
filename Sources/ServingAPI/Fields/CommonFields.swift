import ModelFiles

/// Rules that several tables share.
enum CommonFields {
    /// How tokens are chosen and sent, for both forms of completions.
    static let answers: [FieldRule] = [
        .takes("model", "string: the adapter's name, or `base`; the base by default"),
        .takes("n", "whole number: answers for each prompt; 1 by default"),
        .takes("temperature", "number, 0 to 2; 1 by default, 0 always takes the most likely token"),
        .takes("top_p", "number above 0, at most 1; 1 by default"),
        .takes("top_k", "whole number; 0 and -1 keep all tokens"),
        .takes("min_p", "number, 0 to 1; 0 by default"),
        .takes("repetition_penalty", "number, 0.01 to 100; 1 by default"),
        .takes("presence_penalty", "number, -2 to 2; 0 by default"),
        .takes("frequency_penalty", "number, -2 to 2; 0 by default"),
        .takes("seed", "whole number of 64 bits with sign; -1 draws one"),
        .takes("logit_bias", "object: token id to a number, -100 to 100; at most 1024 tokens"),
        .takes("stop", "string, or at most 16 strings"),
        .takes("ignore_eos", "boolean: generate on through the end token"),
        .takes("stream", "boolean: server-sent events instead of one document"),
        .takes("stream_options", "object, with `stream`", members: streamOptions),
        .takes("response_format", "object", members: responseFormat),
        .takes("cache_salt", "string of at most 256 bytes: prefixes are shared with requests of the same salt only"),
    ]

    static let streamOptions = FieldTable(
        "stream_options",
        [
            .takes("include_usage", "boolean: a last chunk with the usage"),
            .takes("continuous_usage_stats", "boolean: the usage in every chunk"),
            .ignores("include_obfuscation", "no chunk is padded here"),
        ])

    static let responseFormat = FieldTable(
        "response_format",
        [
            .takes("type", "string: `text` or `json_object`"),
            .refuses("json_schema", schemaCure), .refuses("schema", schemaCure), .refuses("grammar", schemaCure),
            .refuses("structures", schemaCure), .refuses("format", schemaCure),
        ])

    private static let schemaCure = "{\"type\": \"json_object\"} gives any JSON object; name the schema in the prompt"

    /// About who asks, and about what no answer depends on.
    static let harmless: [FieldRule] = [
        .ignores("user", "the API key says who asks"), .ignores("metadata", "nothing is filed under it"),
        .ignores("store", "no answer is kept"), .ignores("service_tier", "the tenant's weight decides"),
        .ignores("safety_identifier", "the API key says who asks"),
        .ignores("prompt_cache_key", "prefixes are found by their tokens"),
        .ignores("prompt_cache_retention", "prefixes stay while there is room"),
        .ignores("cache_prompt", "prefixes are found by their tokens"),
        .ignores("request_id", "the answer has an id of its own"), .ignores("rid", "the answer has an id of its own"),
        .ignores("keep_alive", "the base stays loaded"), .ignores("id_slot", "there are no slots"),
        .ignores("parallel_tool_calls", "no tools are called"),
        .ignores("include_reasoning", "an answer has one part"),
        .ignores("separate_reasoning", "an answer has one part"),
        .ignores("stream_reasoning", "an answer has one part"),
        .ignores("spaces_between_special_tokens", "special tokens are silent"),
        .ignores("truncation_side", "nothing is truncated"), .ignores("length_penalty", "only beam search reads it"),
        .ignores("early_stopping", "only beam search reads it"),
    ]

    /// What other servers call the adapter of a request. Here `model` names it: a request that is answered by the base though
    /// it asks for an adapter would be silently wrong.
    static let adapterNames: [FieldRule] = [
        "lora_path", "lora_paths", "lora", "loras", "lora_name", "lora_id", "lora_adapter", "lora_adapters",
        "lora_request", "adapter", "adapters", "adapter_id", "adapter_ids", "adapter_name", "adapter_source", "peft",
    ].map { .refuses($0, "`model` names the adapter; send \"model\": \"NAME\"") }

    /// What other servers call fields that are there under another name.
    static let otherNames: [FieldRule] = [
        ("max_new_tokens", "max_tokens"), ("n_predict", "max_tokens"), ("num_predict", "max_tokens"),
        ("max_tokens_to_sample", "max_tokens"), ("max_output_tokens", "max_tokens"), ("max_length", "max_tokens"),
        ("max_gen_toks", "max_tokens"), ("repeat_penalty", "repetition_penalty"),
        ("stop_sequences", "stop"), ("until", "stop"), ("num_return_sequences", "n"), ("n_probs", "logprobs"),
        ("top_n_tokens", "logprobs"), ("return_logprob", "logprobs"), ("top_logprobs_num", "logprobs"),
        ("random_seed", "seed"), ("engine", "model"), ("deployment", "model"), ("model_name", "model"),
        ("format", "response_format"),
    ].map { .refuses($0.0, "use \($0.1)") }

    /// Objects in which other servers want what stands beside `model` here.
    static let wrappings: [FieldRule] = ["parameters", "sampling_params", "options", "extra_body"].map {
        .refuses($0, "put its members beside `model`", members: FieldTable($0, adapterNames))
    }
}
