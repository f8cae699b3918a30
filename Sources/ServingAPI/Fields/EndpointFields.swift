import ModelFiles

/// The table of each endpoint's body.
extension FieldTable {
    static let completions = FieldTable(
        "/v1/completions",
        [
            .takes("prompt", "string, strings, token ids, or arrays of token ids"),
            .takes("max_tokens", "whole number; 16 by default, 0 with `echo` scores the prompt only"),
            .takes("best_of", "whole number: the same as `n`"),
            .takes("echo", "boolean: the prompt before the answer, with its log-probabilities too"),
            .takes(
                "logprobs", "whole number, 0 to 20: the most likely tokens at each place, beside the one that is there"),
            .takes("add_special_tokens", "boolean: whether a text gets the begin token; true by default"),
        ],
        CommonFields.answers, CommonFields.harmless, CommonFields.adapterNames, CommonFields.otherNames,
        CommonFields.wrappings, UnbuiltFields.all,
        [
            .refuses("suffix", "put what surrounds the gap into the prompt"),
            .refuses("messages", "chats go to /v1/chat/completions"),
            .refuses("max_completion_tokens", "use max_tokens"),
            .refuses("top_logprobs", "use logprobs with a number", unless: .int(0)),
            .refuses("return_full_text", "use echo", unless: .bool(false)),
            .refuses("inputs", "use prompt"), .refuses("input", "use prompt"), .refuses("input_ids", "use prompt"),
            .refuses("text", "use prompt"), .refuses("system", "put it into the prompt"),
            .refuses("raw", "prompt is taken as it is", unless: .bool(true)),
        ])

    static let chat = FieldTable(
        "/v1/chat/completions",
        [
            .takes("messages", "array of messages", members: message),
            .takes("max_completion_tokens", "whole number; by default what the context leaves"),
            .takes("max_tokens", "whole number: the older name of `max_completion_tokens`"),
            .takes("logprobs", "boolean: the log-probability of each token"),
            .takes("top_logprobs", "whole number, 0 to 20: the most likely tokens at each place, with `logprobs`"),
        ],
        CommonFields.answers, CommonFields.harmless, CommonFields.adapterNames, CommonFields.otherNames,
        CommonFields.wrappings, UnbuiltFields.all,
        [
            .refuses("prompt", "use messages, or /v1/completions"), .refuses("input", "use messages"),
            .refuses("inputs", "use messages"), .refuses("input_ids", "use /v1/completions with prompt"),
            .refuses("text", "use messages"),
            .refuses("system", "use a message of the role system"), .refuses("instructions", "use a system message"),
            .refuses("best_of", "use n", unless: .int(1)),
            .refuses("echo", "use /v1/completions", unless: .bool(false)),
            .refuses("suffix", "use /v1/completions"),
            .refuses("add_generation_prompt", "the answer is always a new message", unless: .bool(true)),
            .refuses("continue_final_message", "the answer is always a new message", unless: .bool(false)),
            .refuses("add_special_tokens", "the chat template writes them", unless: .bool(false)),
        ])

    private static let message = FieldTable(
        "a message",
        [
            .takes("role", "string: `system`, `developer`, `user` or `assistant`"),
            .takes("content", "string, or an array of text parts", members: part),
            .ignores("name", "the chat templates here name roles only"),
            .ignores("id", "a message is known by its place"), .ignores("status", "a message is whole"),
            .ignores("refusal", "what an earlier answer would not say is no part of the chat"),
            .ignores("annotations", "they say where an earlier answer had its facts from"),
            .ignores("cache_control", "prefixes are found by their tokens"),
            .refuses("type", "a message has role and content", unless: .string("message"), .string("text")),
            .refuses("tool_calls", "put what was called into content"),
            .refuses("function_call", "put what was called into content"),
            .refuses("tool_call_id", "put the result into a message of the role user"),
            .refuses("audio", "put what was said into content"),
            .refuses("reasoning", "leave an earlier answer's thoughts out"),
            .refuses("reasoning_content", "leave an earlier answer's thoughts out"),
            .refuses("thinking", "leave an earlier answer's thoughts out"),
            .refuses("thinking_blocks", "leave an earlier answer's thoughts out"),
            .refuses("images", "the base reads text only"),
            .refuses("prefix", "the answer is always a new message", unless: .bool(false)),
        ])

    private static let part = FieldTable(
        "a part of a message",
        [
            .takes("type", "string: `text`"), .takes("text", "string"),
            .ignores("cache_control", "prefixes are found by their tokens"),
            .ignores("annotations", "they say where an earlier answer had its facts from"),
        ],
        [
            "image_url", "image", "input_image", "input_audio", "audio_url", "video_url", "file", "image_embeds",
        ].map { .refuses($0, "the base reads text only") })

    static let tokenize = FieldTable(
        "/tokenize",
        [
            .takes("model", "string: an adapter's name, or `base`; all share the base's tokenizer"),
            .takes("prompt", "string; either this or `messages`"),
            .takes("messages", "array of messages, for the chat template", members: message),
            .takes("add_special_tokens", "boolean: whether a prompt gets the begin token; true by default"),
            .takes("return_token_strs", "boolean: the tokens as text too"),
        ],
        tokenizing,
        [
            .refuses("content", "use prompt"), .refuses("text", "use prompt"), .refuses("input", "use prompt"),
            .refuses("add_special", "use add_special_tokens"), .refuses("with_pieces", "use return_token_strs"),
            .refuses("parse_special", "special tokens are read as such", unless: .bool(true)),
            .refuses("tools", "put what they do into a message"),
            .refuses("chat_template", "the base's own chat template is used"),
            .refuses("chat_template_kwargs", "the base's own chat template reads the messages alone"),
            .refuses("mm_processor_kwargs", "the base reads text only"),
            .refuses("media_io_kwargs", "the base reads text only"),
            .refuses("add_generation_prompt", "the template opens the answer", unless: .bool(true)),
            .refuses("continue_final_message", "the template opens the answer", unless: .bool(false)),
        ])

    static let detokenize = FieldTable(
        "/detokenize",
        [
            .takes("model", "string: an adapter's name, or `base`; all share the base's tokenizer"),
            .takes("tokens", "array of token ids"),
        ],
        tokenizing,
        [
            .refuses("ids", "use tokens"), .refuses("token_ids", "use tokens"), .refuses("input_ids", "use tokens"),
            .refuses("prompt", "use /tokenize, or tokens"),
            .refuses("skip_special_tokens", "special tokens are silent", unless: .bool(true)),
        ])

    private static let tokenizing: [FieldRule] =
        [
            .ignores("user", "the API key says who asks"), .ignores("metadata", "nothing is filed under it"),
            .ignores("request_id", "nothing is filed under it"),
        ] + CommonFields.adapterNames

    static let loadAdapter = FieldTable(
        "/v1/load_lora_adapter",
        [
            .takes("lora_name", "string: the adapter's name"),
            .takes("lora_path", "string: its folder or file in the adapter root; not needed for a registered name"),
            .takes("load_inplace", "boolean: take the path as a new version of the name"),
            .takes("pinned", "boolean: keep it in the pool"),
        ],
        adapterNaming,
        [
            .refuses("base_model_name", "the adapter's own configuration names its base"),
            .refuses("is_3d_lora_weight", "adapters of experts are not built", unless: .bool(false)),
            .refuses("added_tokens_config", "the vocabulary is the base's"),
            .refuses("path", "use lora_path"), .refuses("lora_dir", "use lora_path"),
            .refuses("pin", "use pinned", unless: .bool(false)),
        ])

    static let unloadAdapter = FieldTable(
        "/v1/unload_lora_adapter", [.takes("lora_name", "string: the adapter's name")], adapterNaming)

    private static let adapterNaming: [FieldRule] =
        [.ignores("lora_int_id", "an adapter is known by its name"), .ignores("user", "the API key says who asks")]
        + ["name", "adapter", "adapter_name", "adapter_id", "lora_id", "model"].map {
            .refuses($0, "use lora_name")
        }

    /// A line of a file that `loradeck generate --input` reads.
    public static let batchLine = FieldTable(
        "a line of `generate --input`",
        [
            .takes("id", "anything: given back with the answer; the line's number by default"),
            .takes("adapter", "string: a name, folder or file; null and `base` are the base"),
            .takes("prompt", "string: a user's message, for the chat template"),
            .takes("raw", "string: tokenised as it is"), .takes("prompt_ids", "array of token ids"),
            .takes("max_tokens", "whole number, at least 1"), .takes("temperature", "number, 0 to 100; 0 by default"),
            .takes("top_k", "whole number; 0 keeps all tokens"), .takes("top_p", "number above 0, at most 1"),
            .takes("min_p", "number, 0 to 1"), .takes("repetition_penalty", "number, 0.01 to 100"),
            .takes("presence_penalty", "number"), .takes("frequency_penalty", "number"),
            .takes("seed", "whole number of 64 bits with sign; -1 draws one"),
            .takes("stop", "string, or an array of strings"),
            .takes("logprobs", "whole number: the most likely tokens at each place"),
            .takes("prompt_logprobs", "boolean: the log-probability of each prompt token; true with `logprobs`"),
            .takes("force_ids", "array of token ids: fed instead of what is chosen"),
            .takes("ignore_eos", "boolean: generate on through the end token; true with `force_ids`"),
        ],
        [
            .ignores("user", "nobody else asks"), .ignores("metadata", "it stays in your file; id links them"),
            .refuses("model", "use adapter"), .refuses("lora", "use adapter"), .refuses("lora_path", "use adapter"),
            .refuses("lora_name", "use adapter"), .refuses("adapter_id", "use adapter"),
            .refuses("messages", "use prompt, or raw with the whole chat written out"),
            .refuses("n", "repeat the line with another seed", unless: .int(1)),
            .refuses("max_new_tokens", "use max_tokens"), .refuses("n_predict", "use max_tokens"),
            .refuses("max_completion_tokens", "use max_tokens"), .refuses("repeat_penalty", "use repetition_penalty"),
            .refuses("custom_id", "use id"), .refuses("body", "put its members beside id"),
            .refuses("method", "a line is the request itself"), .refuses("url", "a line is the request itself"),
            .refuses("stream", "an answer is one line", unless: .bool(false)),
            .refuses("echo", "prompt_ids of the answer are the prompt", unless: .bool(false)),
            .refuses("response_format", "`serve` gives JSON answers"),
            .refuses("cache_salt", "one run has one owner"),
        ])

    /// A line of a file that `loradeck tokenize --input` reads.
    public static let tokenizeLine = FieldTable(
        "a line of `tokenize --input`",
        [
            .takes("text", "string"), .ignores("id", "answers come in the order of the lines"),
            .refuses("prompt", "use text"), .refuses("content", "use text"),
        ])
}
